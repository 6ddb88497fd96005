/// The chat: the list of rooms beside the chosen room. A phone shows one of the two.
struct ChatPage: Sendable {
  let list: RoomList
  let conversation: Conversation?

  private var viewer: Viewer { list.viewer }
  private var language: Language { viewer.language }

  var html: HTML {
    let path = conversation.map { "/rooms/\($0.room.id)" } ?? "/"
    let title = conversation.map { "\($0.room.name) · \(language[Words.product])" } ?? language[Words.product]
    let frame = PageFrame(
      viewer: viewer, section: .chats, path: path, title: title, layout: conversation == nil ? "list" : "room")
    return frame.html(
      """
      <section class="rooms" aria-label="\(language[Words.chats])">\(heading)\(searchForm(path))\
      <div class="room-list" id="room-list">\(list.html)</div></section>\
      <main class="conversation" id="conversation">\(conversation?.html ?? nothingChosen)</main>
      """)
  }

  /// A page has one heading: the room's, or this one for those who only hear the list.
  private var heading: HTML {
    conversation == nil ? "<h1 class=\"unseen\">\(language[Words.chats])</h1>" : HTML()
  }

  private func searchForm(_ path: String) -> HTML {
    """
    <form class="search" role="search" action="\(path)" method="get"><label>\(Icon.search)\
    <input id="search" type="search" name="q" value="\(list.search)" placeholder="\(language[Words.search])" \
    aria-label="\(language[Words.search])" autocomplete="off" maxlength="64"></label>\
    \(list.search.isEmpty ? HTML() : "<a class=\"clear\" href=\"\(path)\">\(language[Words.clear])</a>")</form>
    """
  }

  private var nothingChosen: HTML {
    """
    <div class="placeholder"><svg class="placeholder-art" viewBox="0 0 120 96" aria-hidden="true"><path d="M46 10c-21 0-38 13-38 \
    30 0 9.500 5.400 18 13.900 23.500L19 78l15-8c3.800.9 7.900 1.400 12 1.400 21 0 38-13.700 38-31S67 10 46 10z"/><path d="M92 40c12 4 20 13 20 \
    23 0 7-3.700 13.300-9.800 17.600L104 92l-11-6c-3 .7-6 1-9.200 1-9.300 0-17.600-3.200-23-8.300"/></svg><p>\(language[Words.chooseRoom])</p></div>
    """
  }
}
