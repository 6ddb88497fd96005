import Crypto
import Foundation

/// Bytes that a message shows, named by what they are, so that sixty rooms with one poster keep it once.
struct MediaReference: Sendable, Hashable {
  let sha256: String
  let name: String
  let size: Int
  let kind: MediaKind
}

/// What the bytes are, found by looking at them.
enum MediaKind: String, Sendable {
  case png = "image/png"
  case jpeg = "image/jpeg"
  case voice = "audio/amr"
  case file = "application/octet-stream"

  /// PNG, JPEG or AMR by the first bytes, else a plain file.
  init(sniffing bytes: Data) {
    if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
      self = .png
    } else if bytes.starts(with: [0xFF, 0xD8, 0xFF]) {
      self = .jpeg
    } else if bytes.starts(with: Array("#!AMR".utf8)) {
      self = .voice
    } else {
      self = .file
    }
  }

  var isPicture: Bool { self == .png || self == .jpeg }
}

/// The bytes of pictures and files, bounded; the oldest leave first.
struct MediaShelf: Sendable {
  private let capacity: Int
  private var bytes: [String: (data: Data, kind: MediaKind)] = [:]
  private var order: [String] = []
  private var used = 0

  init(capacity: Int) {
    self.capacity = capacity
  }

  mutating func keep(_ data: Data, as reference: MediaReference) {
    guard bytes[reference.sha256] == nil else { return }
    bytes[reference.sha256] = (data, reference.kind)
    order.append(reference.sha256)
    used += data.count
    // What came last stays even when it alone is over the capacity: it was accepted and is about to be looked at.
    while used > capacity, order.count > 1 {
      used -= bytes.removeValue(forKey: order.removeFirst())?.data.count ?? 0
    }
  }

  subscript(sha256: String) -> (data: Data, kind: MediaKind)? { bytes[sha256] }
}

/// An uploaded file, which only the robot that uploaded it may send until it expires.
struct UploadedMedia: Sendable {
  let reference: MediaReference
  let robot: RobotID
  let expires: Moment
}
