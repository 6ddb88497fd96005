import Foundation

/// A clock on the wall that is wrong in one process, by as much as a file says at this moment.
///
/// A small library that the process loads first answers for the system's calendar clock. It is compiled here, as nobody
/// else needs it. Clocks that only count on are right: a machine whose date was set wrong has right ones too.
struct ShiftedClock: Sendable {
  /// The library, for `LD_PRELOAD`.
  let library: URL
  private let offset: URL

  /// Makes a clock that is right.
  init(in folder: URL) throws {
    offset = folder.appending(path: "clock.offset")
    library = folder.appending(path: "clock.so")
    try set(ahead: 0)
    let code = folder.appending(path: "clock.c")
    try Self.code.write(to: code, atomically: true, encoding: .utf8)
    let compiler = Process()
    compiler.executableURL = URL(filePath: "/usr/bin/env")
    compiler.arguments = [
      "gcc", "-shared", "-fPIC", "-O1", "-D_GNU_SOURCE", "-DOFFSET=\"\(offset.path)\"", "-o", library.path, code.path,
      "-ldl",
    ]
    try compiler.run()
    compiler.waitUntilExit()
    guard compiler.terminationStatus == 0 else { throw TrialFailure("gcc could not compile the shifted clock") }
  }

  /// Sets how many seconds the clock is ahead; less than zero is behind.
  ///
  /// The bytes are overwritten in place: the process has the file in its memory.
  func set(ahead seconds: Int64) throws {
    let bytes = withUnsafeBytes(of: seconds) { Data($0) }
    guard FileManager.default.fileExists(atPath: offset.path) else { return try bytes.write(to: offset) }
    let file = try FileHandle(forUpdating: offset)
    try file.write(contentsOf: bytes)
    try file.close()
  }

  /// Waits until a date of the calendar are shifted back, or they would last as long as the clock is off.
  private static let code = """
    #include <dlfcn.h>
    #include <fcntl.h>
    #include <pthread.h>
    #include <semaphore.h>
    #include <sys/mman.h>
    #include <sys/syscall.h>
    #include <sys/time.h>
    #include <time.h>
    #include <unistd.h>

    static volatile long long right, *offset = &right;

    __attribute__((constructor)) static void begin(void) {
      int file = open(OFFSET, O_RDONLY | O_CLOEXEC);
      if (file < 0) return;
      void *shared = mmap(0, sizeof(long long), PROT_READ, MAP_SHARED, file, 0);
      if (shared != MAP_FAILED) offset = shared;
      close(file);
    }

    int clock_gettime(clockid_t clock, struct timespec *now) {
      int failed = syscall(SYS_clock_gettime, clock, now);
      if (!failed && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += *offset;
      return failed;
    }

    int gettimeofday(struct timeval *restrict now, void *restrict zone) {
      int failed = syscall(SYS_gettimeofday, now, zone);
      if (!failed) now->tv_sec += *offset;
      return failed;
    }

    time_t time(time_t *now) {
      struct timespec date;
      clock_gettime(CLOCK_REALTIME, &date);
      if (now) *now = date.tv_sec;
      return date.tv_sec;
    }

    // A date is told from a count since the start of the machine by its size.
    static struct timespec real(const struct timespec *date) {
      struct timespec shifted = *date;
      if (shifted.tv_sec > 1000000000) shifted.tv_sec -= *offset;
      return shifted;
    }

    int pthread_cond_timedwait(
        pthread_cond_t *restrict condition, pthread_mutex_t *restrict mutex, const struct timespec *restrict date) {
      static int (*next)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);
      if (!next) next = dlvsym(RTLD_NEXT, "pthread_cond_timedwait", "GLIBC_2.3.2");
      if (!next) next = dlsym(RTLD_NEXT, "pthread_cond_timedwait");
      struct timespec shifted = real(date);
      return next(condition, mutex, &shifted);
    }

    int sem_timedwait(sem_t *restrict semaphore, const struct timespec *restrict date) {
      static int (*next)(sem_t *, const struct timespec *);
      if (!next) next = dlsym(RTLD_NEXT, "sem_timedwait");
      struct timespec shifted = real(date);
      return next(semaphore, &shifted);
    }
    """
}
