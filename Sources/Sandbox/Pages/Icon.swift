/// Line drawings of the pages' controls.
enum Icon {
  static let chats: HTML = """
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d="M12 4c-5 0-9 3.2-9 7.3 0 2.3 1.3 4.3 3.3 5.7L5.6 20.3l3.5\
    -1.9c.9.2 1.9.3 2.9.3 5 0 9-3.2 9-7.4S17 4 12 4z"/></svg>
    """
  static let robots: HTML = """
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d="M12 3v3M6 7h12a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2H6a2 2 0 0 1\
    -2-2V9a2 2 0 0 1 2-2zM9 12v1.5M15 12v1.5M9.5 16h5"/></svg>
    """
  static let language: HTML = """
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><circle cx="12" cy="12" r="8.5"/><path d="M3.5 12h17M12 3.5c5 5 5 12 \
    0 17c-5-5-5-12 0-17z"/></svg>
    """
  static let search: HTML = """
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><circle cx="11" cy="11" r="6.5"/><path d="M16 16l4.5 4.5"/></svg>
    """
  static let back: HTML = """
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d="M15 5l-7 7 7 7"/></svg>
    """
  static let lock: HTML = """
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><rect x="5.5" y="11" width="13" height="9" rx="2"/><path d="M8.5 11V8a\
    3.5 3.5 0 0 1 7 0v3"/></svg>
    """
}
