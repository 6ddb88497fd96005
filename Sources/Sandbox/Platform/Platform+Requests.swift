import Foundation
import Logging

/// What is to be answered, and how to misbehave while answering.
struct Reply: Sendable {
  /// The request's number in the log; nil when the log could not be written.
  let number: Int?
  let refusal: Refusal?
  let isAccepted: Bool
  let fault: FaultRule?
  /// The id and time of an accepted upload.
  var upload: (id: String, at: Moment)?
}

extension Platform {
  private struct Request {
    let endpoint: SandboxLogEntry.Endpoint
    let key: String
    let bodyBytes: Int
    var readWhole = true
    var trace = Trace()
    let at: Moment
  }

  /// Whether to cut this request while its body is still being read.
  func faultWhileReading(_ endpoint: SandboxLogEntry.Endpoint, key: String) -> FaultRule? {
    robots[key] == nil ? nil : faults.draw(key: key, endpoint: endpoint, stage: .reading)
  }

  /// Logs a request whose body was not read to its end: cut on order, given up by the client, or too large.
  func recordUnread(
    _ endpoint: SandboxLogEntry.Endpoint, key: String, bodyBytes: Int, refusal: Refusal? = nil, fault: FaultRule? = nil
  ) -> Reply {
    let request = Request(endpoint: endpoint, key: key, bodyBytes: bodyBytes, readWhole: false, at: now)
    return write(request, refusal: refusal, isAccepted: false, fault: fault)
  }

  /// Decides on a message, logs the decision and, when it is accepted, puts it into its room.
  func decide(_ incoming: IncomingMessage, key: String, bodyBytes: Int) -> Reply {
    let now = now
    var request = Request(endpoint: .send, key: key, bodyBytes: bodyBytes, trace: incoming.trace, at: now)
    do throws(Refusal) {
      let robot = try speaker(key)
      let (content, bytes) = try resolve(incoming.message.get(), for: robot, at: now)
      request.trace = content.trace
      guard robots[key]?.window.hasRoom(at: now) == true else { throw Refusal(.tooFast) }
      let reply = settle(request, refusal: nil)
      if reply.isAccepted, let number = reply.number {
        post(content, bytes, by: robot, key: key, number: number, at: now)
      }
      return reply
    } catch {
      return settle(request, refusal: error)
    }
  }

  /// Decides on an upload and, when it is accepted, keeps it for its robot.
  func decide(_ incoming: IncomingUpload, key: String, bodyBytes: Int) -> Reply {
    let now = now
    let request = Request(endpoint: .uploadMedia, key: key, bodyBytes: bodyBytes, trace: incoming.trace, at: now)
    do throws(Refusal) {
      let robot = try speaker(key)
      let (reference, bytes) = try incoming.media.get()
      var reply = settle(request, refusal: nil)
      if reply.isAccepted {
        let id = "3" + UUID().uuidString.replacing("-", with: "")
        uploads = uploads.filter { now < $0.value.expires }
        uploads[id] = UploadedMedia(
          reference: reference, robot: robot.id, expires: now.advanced(by: configuration.mediaLifetime))
        shelf.keep(bytes, as: reference)
        reply.upload = (id, now)
      }
      return reply
    } catch {
      return settle(request, refusal: error)
    }
  }

  private func speaker(_ key: String) throws(Refusal) -> Robot {
    guard let robot = robots[key] else { throw Refusal(.unknownRobot) }
    if let code = robot.refusal { throw Refusal(code) }
    return robot
  }

  private func resolve(
    _ message: RobotMessage, for robot: Robot, at now: Moment
  ) throws(Refusal) -> (MessageContent, Data?) {
    switch message {
    case .text(let text, let mentions): (.text(text, mentions: mentions), nil)
    case .markdown(let text, let dialect): (.markdown(text, dialect), nil)
    case .image(let reference, let bytes): (.image(reference), bytes)
    case .news(let articles): (.news(articles), nil)
    case .card(let card): (.card(card), nil)
    case .file(let id): (.file(try media(id, for: robot, at: now)), nil)
    case .voice(let id): (.voice(try media(id, for: robot, at: now)), nil)
    }
  }

  private func media(_ id: String, for robot: Robot, at now: Moment) throws(Refusal) -> MediaReference {
    guard let upload = uploads[id], upload.robot == robot.id, now < upload.expires else {
      throw Refusal(.unknownMedia)
    }
    return upload.reference
  }

  /// Lets an ordered fault have its way, then logs.
  private func settle(_ request: Request, refusal: Refusal?) -> Reply {
    let stage = FaultBoard.Stage.deciding(acceptable: refusal == nil)
    let fault =
      robots[request.key] == nil ? nil : faults.draw(key: request.key, endpoint: request.endpoint, stage: stage)
    return switch fault?.mode {
    case .errorBeforeAccepting: write(request, refusal: Refusal(.busy), isAccepted: false, fault: fault)
    case .rateError: write(request, refusal: Refusal(.tooFast), isAccepted: false, fault: fault)
    case .cutBeforeAccepting: write(request, refusal: nil, isAccepted: false, fault: fault)
    default: write(request, refusal: refusal, isAccepted: refusal == nil, fault: fault)
    }
  }

  private func write(_ request: Request, refusal: Refusal?, isAccepted: Bool, fault: FaultRule?) -> Reply {
    let robot = robots[request.key]
    let room = robot.flatMap { self.room($0.room) }
    let isAnswered = request.readWhole || refusal != nil
    let entry = SandboxLogEntry(
      at: request.at, number: log.count + 1, endpoint: request.endpoint,
      robot: RobotID(key: request.key).description, room: room?.name, brand: room?.brand, type: request.trace.type,
      content: request.trace.content, sha256: request.trace.sha256, bodyBytes: request.bodyBytes,
      readWhole: request.readWhole, accepted: isAccepted && request.endpoint == .send,
      errcode: isAnswered && fault?.mode.withholdsAnswer != true ? (refusal?.code ?? .ok).errcode : nil,
      fault: fault?.mode.rawValue)
    do {
      try log.append(entry)
    } catch {
      // Without its line the request must not have happened: nobody could judge it later.
      logger.critical("\(error)")
      let refusal = Refusal(.busy, "the sandbox cannot write its log")
      return Reply(number: nil, refusal: refusal, isAccepted: false, fault: nil)
    }
    if !isAccepted {
      if request.endpoint == .send { robots[request.key]?.refused += 1 }
      note(entry, refusal: refusal, fault: fault)
    }
    return Reply(number: entry.number, refusal: refusal, isAccepted: isAccepted, fault: fault)
  }

  private func note(_ entry: SandboxLogEntry, refusal: Refusal?, fault: FaultRule?) {
    refusals.append(
      RefusalRecord(
        number: entry.number, at: entry.at, robot: entry.robot, room: entry.room, brand: entry.brand, type: entry.type,
        refusal: refusal, fault: fault?.mode))
    if refusals.count > 100 { refusals.removeFirst() }
    feed.publish(.refused(number: entry.number))
  }

  private func post(
    _ content: MessageContent, _ bytes: Data?, by robot: Robot, key: String, number: Int, at now: Moment
  ) {
    if let bytes, case .image(let reference) = content { shelf.keep(bytes, as: reference) }
    robots[key]?.window.record(now)
    robots[key]?.accepted += 1
    let message = ChatMessage(
      number: number, at: now, robot: robot.id, robotName: robot.name, robotColour: robot.colour, room: robot.room,
      content: content)
    let posted = rooms[robot.room - 1].post(message, keeping: configuration.messagesPerRoom)
    feed.publish(.posted(MessageRecord(posted, in: rooms[robot.room - 1])))
  }
}
