/// What people type when they are asked for something long.
enum Patterns {
  /// One to four characters over and over: `aaaaaaaa`, `12341234`, `暖群暖群暖群暖群`.
  static func repeats(_ text: String) -> Bool {
    let scalars = Array(text.unicodeScalars)
    return (1...4).contains { period in
      scalars.count >= 2 * period
        && scalars.indices.dropFirst(period).allSatisfy { scalars[$0] == scalars[$0 - period] }
    }
  }

  /// Along the alphabet, the digits or a row of the keyboard, either way: `87654321`, `abcdefgh`, `qwertyuiop`.
  ///
  /// So are parts that each go on for at least four characters: `abcd1234`, `qwer4321`.
  static func follows(_ text: String) -> Bool {
    var rest = Array(text.unicodeScalars)[...]
    while !rest.isEmpty {
      guard let length = tracks.map({ lengthAlong($0, rest) }).max(), length >= 4 else { return false }
      rest = rest.dropFirst(length)
    }
    return true
  }

  private static let tracks: [[Unicode.Scalar]] = [
    "abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop[]", "asdfghjkl;'", "zxcvbnm,./", "1234567890-=",
    "!@#$%^&*()_+", "1qaz2wsx3edc4rfv5tgb6yhn7ujm", "qazwsxedcrfvtgbyhnujm",
  ].flatMap { [Array($0.unicodeScalars), Array($0.unicodeScalars.reversed())] }

  /// How far the text goes along a track from wherever its first character stands.
  private static func lengthAlong(_ track: [Unicode.Scalar], _ text: ArraySlice<Unicode.Scalar>) -> Int {
    guard let first = text.first else { return 0 }
    return track.indices.filter { track[$0] == first }
      .map { zip(track[$0...], text).prefix { $0 == $1 }.count }.max() ?? 0
  }
}
