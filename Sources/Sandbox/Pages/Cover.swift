import Foundation

/// The picture of an article. Only pictures that the sandbox keeps itself are shown; any other address gets a drawing of
/// its own, because a page that fetched pictures from elsewhere would tell strangers who looks at it.
enum Cover {
  static func html(_ picture: String?, title: String, isLarge: Bool) -> HTML {
    if let path = picture.flatMap(ownPath) {
      return "<img class=\"cover\" src=\"\(path)\" alt=\"\" loading=\"lazy\">"
    }
    return drawing(Palette.colour(for: picture ?? title), variant: (picture ?? title).utf8.count % 3, isLarge: isLarge)
  }

  private static func ownPath(_ picture: String) -> String? {
    guard let path = URL(string: picture)?.path(percentEncoded: true), path.hasPrefix("/media/") else { return nil }
    let name = path.dropFirst("/media/".count)
    return name.utf8.count == 64 && name.allSatisfy(\.isHexDigit) ? path : nil
  }

  private static func drawing(_ colour: String, variant: Int, isLarge: Bool) -> HTML {
    let shape: HTML =
      switch variant {
      case 0:
        """
        <circle cx="148" cy="26" r="13" fill="#fff" opacity=".75"/>\
        <path d="M0 72 C40 44 74 92 112 62 S170 56 200 66 V100 H0z" fill="#fff" opacity=".28"/>\
        <path d="M0 86 C46 64 92 102 138 80 S184 80 200 84 V100 H0z" fill="#fff" opacity=".38"/>
        """
      case 1:
        """
        <circle cx="62" cy="52" r="34" fill="#fff" opacity=".22"/><circle cx="104" cy="44" r="24" fill="#fff" \
        opacity=".3"/><circle cx="136" cy="62" r="30" fill="#fff" opacity=".2"/>
        """
      default:
        """
        <path d="M0 100 L52 40 L86 78 L122 28 L200 100z" fill="#fff" opacity=".3"/>\
        <path d="M0 100 L30 72 L62 100z M120 100 L158 60 L200 96 V100z" fill="#fff" opacity=".32"/>\
        <circle cx="40" cy="24" r="10" fill="#fff" opacity=".7"/>
        """
      }
    let box: HTML = isLarge ? "0 0 200 100" : "50 0 100 100"
    return """
      <svg class="cover" viewBox="\(box)" preserveAspectRatio="xMidYMid slice" aria-hidden="true">\
      <rect width="200" height="100" fill="\(colour)"/>\(shape)</svg>
      """
  }
}
