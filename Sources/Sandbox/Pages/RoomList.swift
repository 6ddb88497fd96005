/// The rooms, by brand, the busiest first.
struct RoomList: Sendable {
  let rooms: [RoomSummary]
  let viewer: Viewer
  var selected: Room.ID?
  var search = ""

  private var language: Language { viewer.language }

  /// The groups of the list: brands in the order in which they came, each with its rooms by their last message.
  var groups: [(brand: String, rooms: [RoomSummary])] {
    let wanted = search.lowercased()
    let found = rooms.filter { room in
      wanted.isEmpty || room.name.lowercased().contains(wanted) || room.brand.lowercased().contains(wanted)
    }
    var brands: [String] = []
    for room in found where !brands.contains(room.brand) { brands.append(room.brand) }
    return brands.map { brand in
      let rooms = found.filter { $0.brand == brand }
      return (brand, rooms.sorted { ($0.last?.number ?? 0, $1.id) > ($1.last?.number ?? 0, $0.id) })
    }
  }

  var html: HTML {
    if rooms.isEmpty {
      return empty(Words.noRooms, hint: Words.noRoomsHint)
    }
    let groups = groups
    if groups.isEmpty { return empty(Words.nothingFound, hint: nil) }
    let parts = groups.map { group -> HTML in
      let unread = group.rooms.reduce(0) { $0 + viewer.seen.unread($1) }
      return """
        <details class="brand" open data-brand="\(group.brand)"><summary><span class="brand-name"><bdi>\(group.brand)</bdi>\
        </span><span class="brand-count">\(language[Words.rooms(group.rooms.count)])</span>\(badge(unread))</summary>\
        <ul>\(group.rooms.map(item))</ul></details>
        """
    }
    return "\(parts)"
  }

  private func empty(_ title: Wording, hint: Wording?) -> HTML {
    """
    <div class="empty"><p>\(language[title])</p>\
    \(hint.map { hint -> HTML in "<p class=\"hint\">\(language[hint])</p>" })</div>
    """
  }

  private func item(_ room: RoomSummary) -> HTML {
    let unread = viewer.seen.unread(room)
    let current: HTML = room.id == selected ? " aria-current=\"page\"" : ""
    let last = room.last.map { Bubble(language: language).preview($0.content) } ?? language[Words.noMessages]
    let when = room.last.map { message -> HTML in
      "<time datetime=\"\(message.at.description)\">\(viewer.time.short(message.at))</time>"
    }
    return """
      <li><a class="room" href="/rooms/\(room.id)"\(current) data-room="\(room.id)" data-name="\(room.name)">\
      \(Avatar.room(room.name, colour: room.colour))<span class="room-words"><span class="room-line">\
      <span class="room-name"><bdi>\(room.name)</bdi></span>\(when)</span><span class="room-line">\
      <span class="room-last">\(last)</span>\(badge(unread))</span></span></a></li>
      """
  }

  private func badge(_ unread: Int) -> HTML {
    guard unread > 0 else { return HTML() }
    let shown = unread > 99 ? "99+" : String(unread)
    return """
      <span class="badge" data-unread="\(unread)" aria-label="\(language[Words.unread(unread)])">\(shown)</span>
      """
  }
}
