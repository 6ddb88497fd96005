/// Colours for rooms and robots, the same for the same name.
enum Palette {
  private static let colours = [
    "#3a7bd5", "#1f9d6b", "#d1703c", "#8a63d2", "#c2517a", "#2b8a9d", "#b58a1b", "#5a6f8c", "#c0504d", "#4c8c4a",
  ]

  static func colour(for name: String) -> String {
    // FNV-1a: Swift's own hashing differs from run to run.
    let hash = name.utf8.reduce(UInt64(0xCBF2_9CE4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    return colours[Int(hash % UInt64(colours.count))]
  }
}

/// Pictures drawn by the server as SVG, since the policy of the pages allows no inline style.
enum Avatar {
  /// A room: a rounded square in its colour with the first character of its name.
  static func room(_ name: String, colour: String) -> HTML {
    """
    <svg class="avatar" viewBox="0 0 40 40" aria-hidden="true"><rect width="40" height="40" rx="6" fill="\(colour)"/>\
    <text x="20" y="26.5" text-anchor="middle" font-size="18" fill="#fff">\(initial(of: name))</text></svg>
    """
  }

  /// A robot: a face in its colour.
  static func robot(colour: String) -> HTML {
    """
    <svg class="avatar" viewBox="0 0 40 40" aria-hidden="true"><rect width="40" height="40" rx="6" fill="\(colour)"/>\
    <path d="M20 7v5" stroke="#fff" stroke-width="2.4" stroke-linecap="round"/><circle cx="20" cy="7" r="2" fill="#fff"/>\
    <rect x="9" y="13" width="22" height="17" rx="6" fill="#fff"/><circle cx="16" cy="20.5" r="2.3" fill="\(colour)"/>\
    <circle cx="24" cy="20.5" r="2.3" fill="\(colour)"/><path d="M16.5 25.5h7" stroke="\(colour)" stroke-width="1.8" \
    stroke-linecap="round"/></svg>
    """
  }

  static func initial(of name: String) -> String {
    name.first { $0.isLetter || $0.isNumber }.map { String($0).uppercased() } ?? "#"
  }
}
