/// A room's messages, oldest first, with the time where a pause was.
struct Conversation: Sendable {
  /// A stretch of a room's messages.
  struct Page: Sendable {
    let messages: [ChatMessage]
    /// The message before the stretch, which decides whether a time stands in front of it.
    let previous: ChatMessage?
    let hasEarlier: Bool
    let hasLater: Bool

    static let size = 60

    /// The last messages before a sequence, or the last of all.
    init(_ room: Room, before sequence: Int?) {
      let end = sequence.flatMap { sequence in room.messages.firstIndex { $0.sequence >= sequence } }
      let stop = end ?? room.messages.count
      let start = max(0, stop - Self.size)
      messages = Array(room.messages[start..<stop])
      previous = start > 0 ? room.messages[start - 1] : nil
      hasEarlier = start > 0
      hasLater = stop < room.messages.count
    }

    /// The messages after a number of the log.
    init(_ room: Room, after number: Int) {
      let start = room.messages.firstIndex { $0.number > number } ?? room.messages.count
      messages = Array(room.messages[start...])
      previous = start > 0 ? room.messages[start - 1] : nil
      hasEarlier = start > 0
      hasLater = false
    }
  }

  /// A pause that is worth a line with the time.
  private static let pause: Duration = .seconds(300)

  let room: Room
  let page: Page
  let viewer: Viewer

  private var language: Language { viewer.language }

  var html: HTML {
    let members = room.members.map { count -> HTML in
      "<span class=\"members\">\(language[Words.members(count)])</span>"
    }
    return """
      <header class="bar"><a class="back" href="/" aria-label="\(language[Words.back])">\(Icon.back)</a>\
      <div class="bar-words"><h1><bdi>\(room.name)</bdi>\(members)</h1><p><bdi>\(room.brand)</bdi></p></div></header>\
      <div class="scroll" id="scroll" tabindex="0"><div class="thread" id="thread" role="log">\(top)\
      <ol class="messages" id="messages" data-room="\(room.id)" \
      data-last="\(page.messages.last?.number ?? 0)"\(page.hasLater ? " data-past" : HTML())>\(items)</ol>\(bottom)</div></div>\
      <button class="pill" id="pill" type="button" hidden>\(language[Words.newMessages]) ↓</button>\
      <footer class="composer">\(Icon.lock)<span>\(language[Words.readOnly])</span></footer>
      """
  }

  /// The messages alone, for a page that adds them to what it shows.
  var items: HTML {
    var previous = page.previous
    var html = HTML()
    for message in page.messages {
      if previous.map({ message.at - $0.at >= Self.pause }) ?? true {
        let time = viewer.time.separator(message.at)
        html += "<li class=\"pause\"><time datetime=\"\(message.at.description)\">\(time)</time></li>"
      }
      html += Bubble(language: language).html(message, time: viewer.time)
      previous = message
    }
    return html
  }

  private var top: HTML {
    if room.messages.isEmpty {
      return """
        <div class="empty"><p>\(language[Words.noMessages])</p><p class="hint">\(language[Words.noMessagesHint])</p></div>
        """
    }
    if page.hasEarlier, let first = page.messages.first {
      return """
        <p class="more"><a href="/rooms/\(room.id)?before=\(first.sequence)">\(language[Words.earlier])</a></p>
        """
    }
    let isComplete = room.messages.first?.sequence == 1
    return isComplete ? HTML() : "<p class=\"more\">\(language[Words.forgotten])</p>"
  }

  private var bottom: HTML {
    page.hasLater
      ? "<p class=\"more\"><a href=\"/rooms/\(room.id)\">\(language[Words.latest])</a></p>" : HTML()
  }
}
