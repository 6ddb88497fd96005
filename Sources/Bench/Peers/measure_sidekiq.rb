# Measures Sidekiq with jobs that do nothing: `measure_sidekiq.rb --redis URL --jobs N [--job-log]`.
# The workers it starts load this same file, for the jobs.
#
# Settings: one process as Debian packages it, in the environment `production`, with the number of threads (10 in 6.4)
# and the Redis driver that it takes by itself. It would log two lines for each job, which costs it half its rate: as in
# its authors' own load test they are off, unless `--job-log` asks for them.
#
# Three rounds, each with a new worker; medians count. A tenth more jobs are enqueued than counted: the worker has
# warmed up on them when the clock starts. The probes go to the last round's worker, which is idle by then.
require "etc"
require "json"
require "optparse"
require "sidekiq"
require "tempfile"

# Debian pairs Sidekiq 6.4 with a newer redis gem, which would warn at every enqueue and every fetch; the drain would
# pay for it.
Redis.silence_deprecations = true if defined?(Redis) && Redis.respond_to?(:silence_deprecations=)

class NoOpJob
  include Sidekiq::Job

  def perform(number)
  end
end

class ProbeJob
  include Sidekiq::Job

  def perform(enqueued)
    waited = Process.clock_gettime(Process::CLOCK_MONOTONIC, :nanosecond) - enqueued
    # One short write to the end of a file cannot be torn by another thread's.
    File.write(ENV.fetch("PEER_PROBES"), "#{waited}\n", mode: "a")
  end
end

# The measuring process and its workers configure themselves alike, from what the first put into the environment.
def configure_sidekiq
  configure = lambda do |config|
    config.logger.level = ENV["PEER_JOB_LOG"] ? Logger::INFO : Logger::WARN
    config.redis = {url: ENV.fetch("PEER_REDIS")}
  end
  Sidekiq.configure_client(&configure)
  Sidekiq.configure_server(&configure)
end

# A worker process, and what the kernel says of it.
class WorkerProcess
  TICKS_PER_SECOND = Etc.sysconf(Etc::SC_CLK_TCK).to_f

  def initialize
    # A line that nobody reads costs it least.
    output = ENV["PEER_JOB_LOG"] ? File::NULL : :err
    @id = spawn("/usr/bin/sidekiq", "-e", "production", "-r", __FILE__, out: output, err: :err)
  end

  def running?
    @id = nil if @id && Process.wait(@id, Process::WNOHANG)
    !@id.nil?
  end

  def cpu_seconds
    # Fields 14 and 15 of the line; the second is a name in brackets, which may itself hold spaces.
    fields = File.read("/proc/#{@id}/stat").rpartition(")").last.split
    (fields[11].to_i + fields[12].to_i) / TICKS_PER_SECOND
  end

  def resident_megabytes
    File.read("/proc/#{@id}/status")[/^VmRSS:\s+(\d+) kB/, 1].to_i * 1024 / 1e6
  end

  def stop
    return unless running?
    Process.kill(:TERM, @id)
    100.times do
      return unless running?
      sleep 0.1
    end
    Process.kill(:KILL, @id)
    Process.wait(@id)
    @id = nil
  end
end

class Measurement
  ROUNDS = 3
  PROBES = 600
  PROBES_PER_SECOND = 40
  LONGEST_WAIT = 600

  def initialize(jobs:, probes:)
    @jobs = jobs
    @probes = probes
  end

  def run
    waits = []
    rounds = (1..ROUNDS).map do |number|
      result = round(number)
      waits = probe if number == ROUNDS
      finish
      result
    end
    {
      drain_per_s: median(rounds, :rate).round(1),
      p50_ms: quantile(waits, 0.5).round(3),
      p99_ms: quantile(waits, 0.99).round(3),
      redis_us_per_job: median(rounds, :redis).round(2),
      worker_us_per_job: median(rounds, :worker).round(2),
      worker_rss_mb: median(rounds, :memory).round(1),
    }
  ensure
    @worker&.stop
    redis("FLUSHDB")
  end

  private

  def round(number)
    redis("FLUSHDB")
    @enqueued = @jobs + @jobs / 10
    enqueuing = redis_cost(@enqueued) { @enqueued.times { |job| NoOpJob.perform_async(job) } }

    @worker = WorkerProcess.new
    wait_until(0.002) { waiting <= @jobs }
    counted = waiting
    begun = now
    cpu = @worker.cpu_seconds
    draining = redis_cost(counted) { wait_until(0.005) { waiting == 0 } }
    seconds = now - begun
    result = {
      rate: counted / seconds,
      redis: enqueuing + draining,
      worker: (@worker.cpu_seconds - cpu) / counted * 1e6,
      memory: @worker.resident_megabytes,
    }
    warn format("sidekiq %s: round %d: %.0f jobs/s", Sidekiq::VERSION, number, result[:rate]) +
      format("; Redis %.1f us to enqueue a job and %.1f us to drain it", enqueuing, draining) +
      format("; worker %.1f us, %.1f MB", result[:worker], result[:memory])
    result
  end

  # Milliseconds from before the enqueue to the start of the job, in order.
  def probe
    sleep 1
    begun = now
    PROBES.times do |number|
      # By the clock, so that a late probe does not make all that follow late.
      pause = begun + number.to_f / PROBES_PER_SECOND - now
      sleep pause if pause > 0
      ProbeJob.perform_async(Process.clock_gettime(Process::CLOCK_MONOTONIC, :nanosecond))
    end
    @enqueued += PROBES
    wait_until(0.05) { File.foreach(@probes).count == PROBES }
    File.foreach(@probes).map { |line| line.to_i / 1e6 }.sort
  end

  # A rate counts only if every job ran: Sidekiq adds up what it processed when it stops.
  def finish
    @worker.stop
    processed, failed = redis("MGET", "stat:processed", "stat:failed").map(&:to_i)
    return if processed == @enqueued && failed == 0
    raise "of #{@enqueued} jobs it processed #{processed}, and #{failed} of them failed"
  end

  def waiting
    redis("LLEN", "queue:default")
  end

  # Microseconds of Redis' own CPU for each of so many jobs.
  def redis_cost(jobs)
    before = redis_cpu
    yield
    (redis_cpu - before) / jobs * 1e6
  end

  def redis_cpu
    redis("INFO", "cpu").scan(/^used_cpu_(?:user|sys):([\d.]+)/).flatten.sum(&:to_f)
  end

  def redis(*command)
    Sidekiq.redis { |connection| connection.call(*command) }
  end

  def wait_until(pause)
    limit = now + LONGEST_WAIT
    until yield
      raise "its worker ended by itself" unless @worker.running?
      raise "it was not done within #{LONGEST_WAIT} s" if now > limit
      sleep pause
    end
  end

  def now
    Process.clock_gettime(Process::CLOCK_MONOTONIC)
  end

  def median(rounds, key)
    rounds.map { |round| round[key] }.sort[rounds.length / 2]
  end

  def quantile(sorted, share)
    sorted[(share * sorted.length).ceil - 1]
  end
end

def measure
  jobs = 0
  OptionParser.new do |parser|
    parser.banner = "usage: run sidekiq --redis URL --jobs N [--job-log]"
    parser.on("--redis URL", "as unix:///a/socket or redis://127.0.0.1:6379; the database is emptied") do |url|
      ENV["PEER_REDIS"] = url
    end
    parser.on("--jobs N", Integer, "how many are counted in a drain, at least 1000") { |number| jobs = number }
    parser.on("--job-log", "let Sidekiq log each job, as it does by default") { ENV["PEER_JOB_LOG"] = "1" }
  end.parse!
  raise "--redis is needed" unless ENV["PEER_REDIS"]
  raise "--jobs has to be at least 1000" if jobs < 1000

  configure_sidekiq
  Tempfile.create("probes") do |file|
    ENV["PEER_PROBES"] = file.path
    puts Measurement.new(jobs: jobs, probes: file.path).run.to_json
  end
rescue => error
  abort "sidekiq: #{error.message}"
end

if $PROGRAM_NAME == __FILE__
  measure
else
  configure_sidekiq
end
