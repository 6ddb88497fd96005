import Foundation

/// Finds the addresses of hosts before libpq is asked to connect, since libpq would wait for the resolver.
enum HostResolver {
  /// The parameters with `hostaddr` filled in, so that libpq has no name to look up. `host` stays, for certificates.
  ///
  /// A host with several addresses is repeated, so that libpq tries them all.
  static func resolve(_ parameters: ConnectionParameters) async throws(PostgresError) -> ConnectionParameters {
    let hosts = list(parameters.effective("host"))
    let addresses = list(parameters.effective("hostaddr"))
    let needed = hosts.indices.contains { index in
      let address = index < addresses.count ? addresses[index] : ""
      return address.isEmpty && isName(hosts[index])
    }
    guard needed else { return parameters }
    let ports = list(parameters.effective("port"))
    let outcome = await OwnThread.run { Result { () throws(PostgresError) in try expand(hosts, addresses, ports) } }
    let (newHosts, newAddresses, newPorts) = try outcome.get()
    var resolved = parameters
    resolved["host"] = newHosts.joined(separator: ",")
    resolved["hostaddr"] = newAddresses.joined(separator: ",")
    if !newPorts.isEmpty { resolved["port"] = newPorts.joined(separator: ",") }
    return resolved
  }

  private static func list(_ value: String?) -> [String] {
    guard let value, !value.isEmpty else { return [] }
    return value.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
  }

  /// Whether it is neither a folder of a socket, nor an abstract socket, nor an address in numbers.
  private static func isName(_ host: String) -> Bool {
    guard let first = host.first, first != "/", first != "@" else { return false }
    var (v4, v6) = (in_addr(), in6_addr())
    return inet_pton(AF_INET, host, &v4) != 1 && inet_pton(AF_INET6, host, &v6) != 1
  }

  private typealias Expanded = (hosts: [String], addresses: [String], ports: [String])

  private static func expand(
    _ hosts: [String], _ addresses: [String], _ ports: [String]
  ) throws(PostgresError) -> Expanded {
    var expanded: Expanded = ([], [], [])
    var failure = ""
    for (index, host) in hosts.enumerated() {
      var found = index < addresses.count && !addresses[index].isEmpty ? [addresses[index]] : [""]
      if found == [""], isName(host) {
        (found, failure) = look(up: host)
      }
      let port = ports.count > 1 && index < ports.count ? ports[index] : ports.first
      for address in found {
        expanded.hosts.append(host)
        expanded.addresses.append(address)
        if let port { expanded.ports.append(port) }
      }
    }
    guard !expanded.hosts.isEmpty else {
      throw .connection(ConnectionFailure(message: failure, sqlState: nil, mayHaveBeenApplied: false))
    }
    return expanded
  }

  private static func look(up host: String) -> (addresses: [String], failure: String) {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    let status = getaddrinfo(host, nil, &hints, &list)
    guard status == 0 else {
      return ([], "could not resolve the host name \(host): \(String(cString: gai_strerror(status)))")
    }
    defer { freeaddrinfo(list) }
    var addresses: [String] = []
    var next = list
    while let entry = next?.pointee {
      var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
      let length = socklen_t(text.count)
      if getnameinfo(entry.ai_addr, entry.ai_addrlen, &text, length, nil, 0, NI_NUMERICHOST) == 0 {
        let address = String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        if !addresses.contains(address) { addresses.append(address) }
      }
      next = entry.ai_next
    }
    return (addresses, addresses.isEmpty ? "the host name \(host) has no address" : "")
  }
}
