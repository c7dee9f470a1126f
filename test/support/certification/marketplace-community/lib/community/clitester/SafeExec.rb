require 'open3'

# A command line that was run by the shell, with a deadline.
class SafeExec

    include RSpec::Matchers

    DEFAULT_TIMEOUT = 200
    # As timeout(1) says that it had to end a command.
    TIMED_OUT = 124

    attr_reader :stdout, :stderr, :exitstatus

    # @param [Integer] seconds nil for the usual deadline
    def self.run(command, seconds = nil, _tries = 1, _quiet = true)
        new(command).run(seconds || DEFAULT_TIMEOUT)
    end

    def initialize(command)
        @command = command
    end

    def run(seconds)
        @stdout, @stderr, status = Open3.capture3('timeout', seconds.to_s, 'sh', '-c', @command)
        @exitstatus = status.exitstatus || TIMED_OUT
        self
    end

    def success?
        exitstatus.zero?
    end

    def fail?
        !success?
    end

    def expect_success
        expect(success?).to be(true), "This command did not succeed:\n  #{@command}\n  #{stdout}\n  #{stderr}"
    end

    def expect_fail
        expect(success?).to be(false), "This command did not fail:\n  #{@command}\n  #{stdout}"
    end

end
