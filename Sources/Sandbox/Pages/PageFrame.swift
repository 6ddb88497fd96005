/// What all pages have around them: the notice, the rail and the language switch.
struct PageFrame: Sendable {
  enum Section: Sendable {
    case chats, robots
  }

  let viewer: Viewer
  let section: Section
  /// The page's own path and query without the language, to come back to after switching.
  let path: String
  let title: String
  /// Names the layout for the style sheet: `list`, `room` or `robots`.
  let layout: String

  private var language: Language { viewer.language }

  func html(_ content: HTML) -> HTML {
    let other = language.other
    let joiner = path.contains("?") ? "&" : "?"
    return """
      <!doctype html><html lang="\(language.rawValue)"><head><meta charset="utf-8">\
      <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">\
      <meta name="color-scheme" content="light dark"><title>\(title)</title>\
      <link rel="icon" href="\(Site.icon.path)" type="image/svg+xml"><link rel="stylesheet" href="\(Site.style.path)">\
      <script src="\(Site.script.path)" defer></script></head>\
      <body data-layout="\(layout)" data-title="\(title)" data-live="\(language[Words.live])" \
      data-lost="\(language[Words.reconnecting])"><header class="notice"><span>\(language[Words.notice])</span>\
      <span class="status" id="status" hidden></span></header><nav class="rail">\(Self.logo)\
      \(entry("/", Icon.chats, language[Words.chats], isCurrent: section == .chats))\
      \(entry("/robots", Icon.robots, language[Words.robots], isCurrent: section == .robots))\
      <a class="rail-entry switch" href="\(path)\(joiner)lang=\(other.language.rawValue)" hreflang="\(other.language.rawValue)" \
      lang="\(other.language.rawValue)">\(Icon.language)<span>\(other.name)</span></a></nav>\(content)</body></html>
      """
  }

  private static let logo: HTML = """
    <svg class="logo" viewBox="0 0 40 40" aria-hidden="true"><rect width="40" height="40" rx="10" fill="#f08a3c"/><path d="M20 9c-7 \
    0-12.5 4.4-12.5 10 0 3.2 1.8 6 4.6 7.8L11 31l5-2.6c1.3.3 2.6.4 4 .4 7 0 12.500-4.400 12.500-9.800S27 9 20 9z" fill="#fff"/>\
    <path d="M20 25c-4-2.700-5.800-4.700-5.800-6.900a3 3 0 0 1 5.800-1 3 3 0 0 1 5.800 1c0 2.200-1.800 4.200-5.800 6.900z" fill="#f08a3c"/></svg>
    """

  private func entry(_ path: String, _ icon: HTML, _ name: String, isCurrent: Bool) -> HTML {
    let current: HTML = isCurrent ? " aria-current=\"page\"" : ""
    return "<a class=\"rail-entry\" href=\"\(path)\"\(current)>\(icon)<span>\(name)</span></a>"
  }
}
