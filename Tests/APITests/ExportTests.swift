import Foundation
import HTTPTypes
import Sheets
import Testing

@testable import API

@Suite struct ExportTests {
  @Test(arguments: SheetFileFormat.allCases)
  func whatIsWrittenCanBeBroughtAgain(_ format: SheetFileFormat) async throws {
    try await withAPI { api, house in
      let brand = try await Bringing(api, house)
      _ = try await brand.bring("群名称,群ID,区域,标签,容量\n=一群,0042,上海,a;b,300\n二群,,,,\n", of: "groups")
      _ = try await brand.bring(
        "会员编号,昵称,手机号,生日,所在群\n007,+小鱼,13800000001,1990-03-08,=一群;二群\nm2,阿May,,,\n", of: "members")
      for (subject, count) in [("groups", 2), ("members", 2)] {
        let file = try await brand.api.get("exports/\(subject).\(format.rawValue)")
        #expect(file.status == 200 && file.headers[.contentType] == format.mediaType, "\(file.status)")
        #expect(file.headers[.contentDisposition]?.contains(subject) == true)
        let uploaded = try await brand.upload(file.bytes, of: subject, type: "application/octet-stream")
        #expect(uploaded.status == 201, "\(uploaded)")
        let checked = try await brand.check(uploaded.id)
        #expect(checked.counts == [0, 0, count, 0], "\(format) \(subject) \(checked)")
      }
    }
  }

  @Test func filtersAndNames() async throws {
    try await withAPI { api, house in
      let brand = try await Bringing(api, house)
      let robot = UUID().uuidString.lowercased()
      _ = try await brand.bring("群名称,标签,机器人\n一群,a,\(robot)\n二群,b,\n", of: "groups")
      let tagged = try await brand.api.get("exports/groups.csv?tag=b")
      #expect(tagged.text.contains("二群") && !tagged.text.contains("一群"), "\(tagged.text)")
      #expect(tagged.text.hasPrefix("\u{FEFF}群名称,群ID,"))
      var english = brand.api
      english.language = "en"
      #expect(try await english.get("exports/groups.csv").text.hasPrefix("\u{FEFF}group name,chat id,"))
      #expect(try await brand.api.get("exports/groups.csv?state=gone").errors == ["state": "unknown_value"])
      #expect(try await brand.api.get("exports/groups.csv?colour=red").errors == ["colour": "unknown_field"])
      let channels = try await brand.api.get("exports/channels.csv")
      #expect(channels.status == 200 && !channels.text.contains(robot))
      let group = try await brand.api.get("groups").items[0]["id"]?.string ?? ""
      _ = try await brand.bring("昵称,所在群\n甲,一群\n乙,二群\n", of: "members")
      let members = try await brand.api.get("exports/members.csv?group=\(group)").text
      #expect(members.contains("甲") && !members.contains("乙"), "\(members)")
    }
  }
}
