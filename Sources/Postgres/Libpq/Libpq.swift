import CLibpq

/// One of libpq's connections, closed when the last reference goes. It belongs to one actor; nothing here blocks.
final class Libpq {
  let pointer: OpaquePointer
  private let notices: NoticeBox

  // Reused for every statement, so that sending one allocates nothing.
  private var types: [Oid] = []
  private var values: [UnsafePointer<CChar>?] = []
  private var lengths: [Int32] = []
  private var formats: [Int32] = []

  /// Starts to connect. Names of hosts must be resolved already: libpq would wait for the resolver.
  init(_ parameters: ConnectionParameters, onNotice: @escaping (ServerError) -> Void) throws(PostgresError) {
    guard let connection = Self.start(parameters) else {
      throw .connection(ConnectionFailure(message: "out of memory", sqlState: nil, mayHaveBeenApplied: false))
    }
    pointer = connection
    notices = NoticeBox(receive: onNotice)
    PQsetNoticeReceiver(
      connection,
      { box, result in
        guard let box, let result else { return }
        // The box lives as long as the connection that calls this.
        Unmanaged<NoticeBox>.fromOpaque(box).takeUnretainedValue().receive(ServerError(result))
      }, Unmanaged.passUnretained(notices).toOpaque())
  }

  deinit {
    PQfinish(pointer)
  }

  private static func start(_ parameters: ConnectionParameters) -> OpaquePointer? {
    var text: [CChar] = []
    var starts: [(keyword: Int, value: Int)] = []
    for (keyword, value) in parameters.values {
      let start = text.count
      text += keyword.utf8CString
      starts.append((start, text.count))
      text += value.utf8CString
    }
    return text.withUnsafeBufferPointer { text in
      guard let base = text.baseAddress else { return PQconnectStart("") }
      let keywords: [UnsafePointer<CChar>?] = starts.map { base + $0.keyword } + [nil]
      let values: [UnsafePointer<CChar>?] = starts.map { base + $0.value } + [nil]
      return PQconnectStartParams(keywords, values, 0)
    }
  }

  // MARK: - State

  var socket: Int32 { PQsocket(pointer) }
  var isBad: Bool { PQstatus(pointer) == CONNECTION_BAD }
  var transactionStatus: PGTransactionStatusType { PQtransactionStatus(pointer) }
  var backendPID: Int32 { PQbackendPID(pointer) }
  var errorMessage: String { PQerrorMessage(pointer).map { String(cString: $0).oneLine } ?? "" }
  func pollConnecting() -> PostgresPollingStatusType { PQconnectPoll(pointer) }

  func enterPipeline() -> Bool { PQsetnonblocking(pointer, 1) == 0 && PQenterPipelineMode(pointer) == 1 }
  func exitPipeline() -> Bool { PQexitPipelineMode(pointer) == 1 }

  /// Whether messages of failed attempts to connect have the server's codes in them.
  func tellCodes(_ verbose: Bool) {
    PQsetErrorVerbosity(pointer, verbose ? PQERRORS_VERBOSE : PQERRORS_DEFAULT)
  }

  func onNotice(_ receive: @escaping (ServerError) -> Void) {
    notices.receive = receive
  }

  /// What another thread needs to cancel whatever runs on this connection.
  func cancelToken() -> CancelToken? { PQgetCancel(pointer).map(CancelToken.init) }

  // MARK: - Sending

  func sendPrepare(_ statement: SQL, as name: StatementCache.Name) -> Bool {
    types.removeAll(keepingCapacity: true)
    for parameter in statement.parameters { types.append(parameter.type.rawValue) }
    return PQsendPrepare(pointer, name.text, statement.text, Int32(types.count), types) == 1
  }

  func sendUnnamed(_ statement: SQL) -> Bool {
    withParameters(of: statement) { count in
      PQsendQueryParams(
        pointer, statement.text, count, types, values, lengths, formats, PostgresFormat.binary.rawValue) == 1
    }
  }

  func sendPrepared(_ name: StatementCache.Name, _ statement: SQL) -> Bool {
    withParameters(of: statement) { count in
      PQsendQueryPrepared(
        pointer, name.text, count, values, lengths, formats, PostgresFormat.binary.rawValue) == 1
    }
  }

  func sendScript(_ script: SQL) -> Bool { PQsendQuery(pointer, script.text) == 1 }
  func sendSync() -> Bool { PQpipelineSync(pointer) == 1 }

  /// Whether everything has left; nil if the connection is broken.
  func flush() -> Bool? {
    let status = PQflush(pointer)
    return status < 0 ? nil : status == 0
  }

  private func withParameters(of statement: SQL, _ send: (Int32) -> Bool) -> Bool {
    types.removeAll(keepingCapacity: true)
    values.removeAll(keepingCapacity: true)
    lengths.removeAll(keepingCapacity: true)
    formats.removeAll(keepingCapacity: true)
    guard !statement.parameters.isEmpty else { return send(0) }
    return statement.values.bytes.withUnsafeBytes { bytes in
      let start = bytes.bindMemory(to: CChar.self)
      for parameter in statement.parameters {
        types.append(parameter.type.rawValue)
        formats.append(parameter.format.rawValue)
        lengths.append(Int32(parameter.bytes?.count ?? 0))
        values.append(parameter.bytes.flatMap { place(of: $0, in: start) })
      }
      return send(Int32(statement.parameters.count))
    }
  }

  /// An empty value needs an address too: without one it would be NULL.
  private func place(of range: Range<Int>, in bytes: UnsafeBufferPointer<CChar>) -> UnsafePointer<CChar>? {
    bytes.baseAddress.map { $0 + range.lowerBound } ?? UnsafePointer(bitPattern: 1)
  }

  // MARK: - Receiving

  func consumeInput() -> Bool { PQconsumeInput(pointer) == 1 }
  var isBusy: Bool { PQisBusy(pointer) == 1 }
  func nextResult() -> ResultStorage? { PQgetResult(pointer).map(ResultStorage.init) }

  func nextNotification() -> PostgresNotification? {
    guard let notification = PQnotifies(pointer) else { return nil }
    defer { PQfreemem(notification) }
    return PostgresNotification(
      channel: String(cString: notification.pointee.relname), payload: String(cString: notification.pointee.extra),
      backend: notification.pointee.be_pid)
  }
}

private final class NoticeBox {
  var receive: (ServerError) -> Void
  init(receive: @escaping (ServerError) -> Void) { self.receive = receive }
}
