/// The robots with their limits and counts, and why requests were refused.
struct RobotsPage: Sendable {
  let robots: [RobotRecord]
  let refusals: [RefusalRecord]
  let rate: RateLimit
  let zone: String
  let viewer: Viewer

  private var language: Language { viewer.language }

  var html: HTML {
    let title = language[Words.robotsTitle]
    let frame = PageFrame(
      viewer: viewer, section: .robots, path: "/robots", title: "\(title) · \(language[Words.product])",
      layout: "robots")
    return frame.html("<main class=\"robots\" id=\"robots\">\(content)</main>")
  }

  /// The page without its frame, for replacing it while it is looked at.
  var content: HTML {
    """
    <div class="sheet-page"><h1>\(language[Words.robotsTitle])</h1><section><h2>\(language[Words.limits])</h2>\
    <ul class="chips"><li class="chip strong">\(language[Words.rate(rate)])</li>\
    \(Words.messageLimits.map { limit -> HTML in "<li class=\"chip\">\(language[limit])</li>" })</ul></section>\
    <section><h2>\(language[Words.lastRefusals])</h2>\(refusalTable)</section>\
    <section><h2>\(language[Words.robots])</h2>\(robotTable)</section>\
    <p class="hint">\(language[Words.zoneNote])\(zone)</p></div>
    """
  }

  private var robotTable: HTML {
    if robots.isEmpty {
      return """
        <div class="empty"><p>\(language[Words.noRobots])</p><p class="hint">\(language[Words.noRoomsHint])</p></div>
        """
    }
    return """
      <table class="grid"><thead><tr>\(heads([Words.room, Words.brand, Words.robot, Words.state]))\
      \(heads([Words.window, Words.accepted, Words.refused], class: " class=\"number\""))</tr></thead>\
      <tbody>\(robots.map(row))</tbody></table>
      """
  }

  private func row(_ robot: RobotRecord) -> HTML {
    let isFull: HTML = robot.inWindow >= robot.limit ? " full" : ""
    return """
      <tr><td class="main"><a href="/rooms/\(robot.roomID)"><bdi>\(robot.room)</bdi></a></td>\
      \(cell(Words.brand, "<bdi>\(robot.brand)</bdi>"))\
      \(cell(Words.robot, "<bdi>\(robot.name)</bdi> <code>\(robot.robot.description)</code>"))\
      \(cell(Words.state, "<span class=\"state \(robot.state.rawValue)\">\(language[Words.state(robot.state)])</span>"))\
      \(cell(Words.window, "<span class=\"meter\(isFull)\">\(robot.inWindow) / \(robot.limit)</span>", isNumber: true))\
      \(cell(Words.accepted, "\(robot.accepted)", isNumber: true))\(cell(Words.refused, "\(robot.refused)", isNumber: true))</tr>
      """
  }

  private var refusalTable: HTML {
    if refusals.isEmpty { return "<div class=\"empty\"><p>\(language[Words.noRefusals])</p></div>" }
    return """
      <table class="grid"><thead><tr>\(heads([Words.why, Words.code, Words.room, Words.type, Words.time]))</tr></thead>\
      <tbody>\(folded.prefix(20).map(row))</tbody></table>
      """
  }

  /// The refusals with equal ones that follow each other counted as one, since a robot over its limit makes many.
  private var folded: [(record: RefusalRecord, count: Int)] {
    var folded: [(record: RefusalRecord, count: Int)] = []
    for record in refusals {
      if let last = folded.last?.record, last.isLike(record) {
        folded[folded.count - 1].count += 1
      } else {
        folded.append((record, 1))
      }
    }
    return folded
  }

  private func row(_ record: RefusalRecord, count: Int) -> HTML {
    let meaning = record.refusal.map { language[$0.code.meaning] } ?? language[Words.notReadWhole]
    let code = record.refusal.map { String($0.code.errcode) } ?? language[Words.noAnswer]
    let fault = record.fault.map { mode -> HTML in
      "<span class=\"tag\">\(language[Words.ordered]) <code>\(mode.rawValue)</code></span>"
    }
    let detail = record.refusal?.detail.map { detail -> HTML in "<span class=\"detail\">\(detail)</span>" }
    let times = count > 1 ? "<span class=\"tag\">\(language[Words.times(count)])</span> " : HTML()
    let room = record.room.map { "\($0) · \(record.brand ?? "")" } ?? "\(language[Words.unknownRoom]) \(record.robot)"
    return """
      <tr><td class="main">\(record.fault == .cutBeforeAccepting ? HTML() : "\(meaning) ")\(times)\(fault)\(detail)</td>\
      \(cell(Words.code, "<code>\(code)</code>"))\(cell(Words.room, "<bdi>\(room)</bdi>"))\
      \(cell(Words.type, "\(record.type ?? "—")"))\
      \(cell(Words.time, "<time datetime=\"\(record.at.description)\">\(viewer.time.precise(record.at))</time>"))</tr>
      """
  }

  private func heads(_ names: [Wording], class attribute: HTML = "") -> [HTML] {
    names.map { "<th scope=\"col\"\(attribute)>\(language[$0])</th>" }
  }

  private func cell(_ name: Wording, _ content: HTML, isNumber: Bool = false) -> HTML {
    "<td data-label=\"\(language[name])\"\(isNumber ? " class=\"number\"" : HTML())>\(content)</td>"
  }
}
