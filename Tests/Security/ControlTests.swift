import Testing

/// Made-up sheets show that each fault would be seen.
@Suite struct ControlTests {
  private static let files = [
    "Sources/Door.swift": "/// Opens.\nstruct Door {\n  let keyhole = 1\n}\n",
    "Sources": "",
    "Sources/Page.md": "# Ways in\n\n## What costs much\n",
    "Tests/DoorTests.swift": """
    @Suite struct DoorTests {
      @Test func opens() {
      }

      @Test(arguments: [
        1, 2,
      ])
      func closes(times: Int) {
      }

      func help() {
      }

      @Test func locks() {
        func inner() {}
      }
    }

    extension Others {
      @Suite struct WindowTests {
        @Test(arguments: [1]) func shuts(times: Int) {}
      }
    }
    """,
  ]

  private func faults(_ rows: String...) throws -> [String] {
    let examination = Examination(
      standard: StandardItem.list("# facts\nV1.1.1 1\nV1.1.2 2\n"), read: { Self.files[$0] })
    let header = Sheet.columns.joined(separator: ",")
    return examination.faults(of: try Sheet(csv: ([header] + rows).joined(separator: "\n")))
  }

  private static let second = "V1.1.2,2,b,met,Sources/Door.swift,"

  @Test(arguments: [
    "Sources/Door.swift", "Sources", "Sources/Door.swift#keyhole", "Tests/DoorTests.swift:DoorTests/opens",
    "Tests/DoorTests.swift:DoorTests/closes", "Tests/DoorTests.swift:WindowTests/shuts", "Sources/Page.md#ways-in",
    "Sources/Page.md#what-costs-much", "Sources/Page.md#costs", "Sources/Door.swift Sources/Door.swift#Door",
  ])
  func whatIsThereIsFound(pointers: String) throws {
    #expect(try faults("V1.1.1,1,a,met,\(pointers),", Self.second) == [])
  }

  @Test(arguments: [
    "Sources/Gate.swift", "../Door.swift", "/Sources/Door.swift", "Sources/Door.swift#keyhol",
    "Sources/Door.swift#hole",
    "Tests/DoorTests.swift:DoorTests/vanishes", "Tests/DoorTests.swift:GateTests/opens",
    "Tests/DoorTests.swift:WindowTests/opens", "Tests/DoorTests.swift:DoorTests/shuts",
    "Tests/DoorTests.swift:DoorTests/help", "Tests/DoorTests.swift:DoorTests/inner", "Sources/Page.md#ways-out",
    "Tests/DoorTests.swift:DoorTests", "Tests/DoorTests.swift:",
  ])
  func aDeadPointerIsFound(pointer: String) throws {
    #expect(try faults("V1.1.1,1,a,met,Sources/Door.swift \(pointer),", Self.second).count == 1)
    #expect(try faults("V1.1.1,1,a,open,\(pointer),why", Self.second).count == 1)
  }

  @Test(arguments: [
    ("V1.1.1,1,a,met,,", "V1.1.1: it is met and nothing shows it"),
    ("V1.1.1,1,a,partly,,why", "V1.1.1: it is met in part and nothing shows it"),
    ("V1.1.1,1,a,partly,Sources,", "V1.1.1: it does not say what is missing"),
    ("V1.1.1,1,a,open,,", "V1.1.1: it does not say why"),
    ("V1.1.1,1,a,not applicable,,", "V1.1.1: it does not say why"),
    ("V1.1.1,1,a,done,Sources,", "V1.1.1: “done” is no status"),
    ("V1.1.1,1,,met,Sources,", "V1.1.1: it says nothing"),
    ("V1.1.1,2,a,met,Sources,", "V1.1.1 is no item of level 2"),
  ])
  func aRowThatSaysTooLittleIsFound(row: String, fault: String) throws {
    #expect(try faults(row, Self.second) == [fault])
  }

  @Test func itemsStandThereOnceAndAllOfThem() throws {
    let first = "V1.1.1,1,a,met,Sources,"
    #expect(try faults(first) == ["V1.1.2 is missing"])
    #expect(try faults(first, Self.second, first) == ["V1.1.1 stands there twice"])
    #expect(try faults(first, Self.second, "1.1.3,1,a,met,Sources,") == ["1.1.3 is no item of level 1"])
  }

  @Test func cellsMayHoldCommasAndQuotes() throws {
    #expect(try faults(#"V1.1.1,1,"a, ""b""",open,,"why, so""#, Self.second) == [])
  }

  @Test(arguments: ["V1.1.1,1,a,met,Sources", "V1.1.1,1,a,met,Sources,,", #"V1.1.1,1,"a,met,Sources,"#])
  func aLineThatIsNoRowIsRefused(line: String) {
    #expect(throws: Sheet.Unreadable(line: 2)) { try faults(line) }
  }
}
