import Subprocess
import SystemPackage

/// A small process that outlives ours by as much as it takes to stop our server, so that a killed run leaves nothing.
///
/// It is told which process it has to mind. When it hears no more, we are gone: it stops that process and deletes what was to go with it. Until then it also holds the lock of the server's place.
final class Caretaker: Sendable {
  private let line: ChildLine
  private let ending: Task<Void, Never>

  /// Starts a caretaker that deletes the estate when we are gone.
  init(estate: [String], stopSignal: Int32, lock: FolderLock) throws(LocalServersError) {
    let line = try ChildLine()
    self.line = line
    // Only the child's end: the caretaker has to see that we are gone, also when we have only let go of it.
    ending = Task { [input = line.standardInput] in
      _ = try? await Subprocess.run(
        .path("/bin/sh"), arguments: Arguments(["-c", Self.script, "caretaker", "\(stopSignal)"] + estate),
        environment: ServerProcess.environment, workingDirectory: "/", platformOptions: ServerOwner.platformOptions,
        input: .fileDescriptor(input, closeAfterSpawningProcess: true),
        output: .fileDescriptor(lock.descriptor, closeAfterSpawningProcess: false), error: .discarded)
    }
  }

  /// Names the process to stop, or `nil` when there is none.
  func mind(_ process: ProcessIdentity?) {
    line.tell("mind \(process.map { "\($0.id) \($0.startTicks)" } ?? "")")
  }

  /// Sends the caretaker away, with everything in order.
  func dismiss() async {
    line.tell("leave")
    await ending.value
  }

  private static let script = """
    signal=$1
    shift
    server='' start=''
    # At its end `read` empties the names it reads into.
    while read -r word id ticks; do
      [ "$word" = mind ] || exit 0
      server=$id start=$ticks
    done

    runs() {
      [ "$server" ] || return
      read -r stat 2>/dev/null <"/proc/$server/stat" || return
      set -- ${stat##*) }
      [ "${20}" = "$start" ] && [ "$1" != Z ]
    }
    to_all() {
      runs || return
      for one in /proc/[0-9]*/stat; do
        { read -r stat <"$one"; } 2>/dev/null || continue
        parent=${stat##*) }
        parent=${parent#* }
        [ "${parent%% *}" = "$server" ] && kill "-$1" "${stat%% *}"
      done
      kill "-$1" "$server"
    }

    to_all CONT
    runs && kill "-$signal" "$server"
    tries=0
    while runs; do
      tries=$((tries + 1))
      [ "$tries" = 600 ] && to_all KILL
      sleep 0.05
    done
    rm -rf -- "$@"
    # A home that was made for one run goes when it is empty.
    for one; do
      case ${one%/*} in */nuanqun-home-* | /var/tmp/nuanqun-*) rmdir -- "${one%/*}" ;; esac
    done
    """
}
