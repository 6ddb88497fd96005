import Dispatch
import Glibc
import Polling

/// Where a socket can be connected to without asking anybody for a name.
enum Address: Sendable, Hashable {
  case unix(path: String)
  case numeric(host: String, port: Int)
}

extension RedisConfiguration.Endpoint {
  /// The address, if no name has to be resolved.
  var address: Address? {
    switch self {
    case .unix(let path): return .unix(path: path)
    case .tcp(let host, let port):
      var storage = in6_addr()
      let isNumeric = inet_pton(AF_INET, host, &storage) == 1 || inet_pton(AF_INET6, host, &storage) == 1
      return isNumeric ? .numeric(host: host, port: port) : nil
    }
  }

  /// Resolves the host's name on a thread of its own, since that may block, and answers on the loop.
  func resolve(on loop: PollingLoop, _ answer: @escaping (Result<[Address], ResolutionFailure>) -> Void) {
    if let address { return answer(.success([address])) }
    guard case .tcp(let host, let port) = self else { return }
    let answer = LoopBound(answer)
    DispatchQueue.global(qos: .utility).async {
      let result = Self.addresses(of: host, port: port)
      Task(executorPreference: loop) { answer.value(result) }
    }
  }

  private static func addresses(of host: String, port: Int) -> Result<[Address], ResolutionFailure> {
    var hints = addrinfo()
    hints.ai_family = AF_UNSPEC
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    let status = getaddrinfo(host, nil, &hints, &list)
    guard status == 0 else {
      let reason = String(cString: gai_strerror(status))
      return .failure(ResolutionFailure(reason: "the name '\(host)' cannot be resolved: \(reason)"))
    }
    defer { freeaddrinfo(list) }
    var addresses: [Address] = []
    var next = list
    while let entry = next {
      var name = [CChar](repeating: 0, count: Int(NI_MAXHOST))
      if getnameinfo(
        entry.pointee.ai_addr, entry.pointee.ai_addrlen, &name, socklen_t(name.count), nil, 0, NI_NUMERICHOST) == 0
      {
        let text = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        addresses.append(.numeric(host: text, port: port))
      }
      next = entry.pointee.ai_next
    }
    return .success(addresses)
  }
}

/// A name that could not be resolved.
struct ResolutionFailure: Error {
  let reason: String
}

/// Carries something made on the loop through another thread and back to the loop.
///
/// `@unchecked Sendable` is safe because `value` is used on the loop's thread alone.
struct LoopBound<Value>: @unchecked Sendable {
  let value: Value
  init(_ value: Value) { self.value = value }
}
