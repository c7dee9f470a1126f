# What the classes of OpenNebula's objects share: running a command, reading its XML, waiting.
module CLITester

    # By how much longer things may take where VMs are emulated; upstream knows no such thing.
    PATIENCE = ENV.fetch('ONE_PATIENCE', '1').to_i

    # Seconds that a state, or SSH, may take.
    DEFAULT_TIMEOUT = 180 * PATIENCE

    VM_SSH_OPTS = '-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o ConnectTimeout=90 ' \
                  '-o BatchMode=yes -o PasswordAuthentication=no -o ServerAliveInterval=3 ' \
                  '-o ControlMaster=auto -o ControlPersist=15 -o ControlPath=~/.ssh-rspec-%C'.freeze

    def cli_action(command)
        execution = SafeExec.run(command)
        execution.expect_success
        execution
    end

    # @return [Integer] id of what was created
    def cli_create_lite(command)
        execution = SafeExec.run(command)
        id = execution.stdout.match(/^(\w+ )*ID: (\d+)/)
        raise "#{command}\n#{execution.stdout}\n#{execution.stderr}" unless id

        id[-1].to_i
    end

    def cli_action_xml(command)
        text = cli_action(command).stdout
        xml = XMLElement.new
        xml.initialize_xml(text, text[/^<(\w+)>/, 1])
        xml
    end

    # Asks once a second until the block gives what counts as success; fails early when it gives what breaks.
    #
    # @param [Hash] options :success (true), :break (a Regexp, none), :timeout in seconds (DEFAULT_TIMEOUT)
    def wait_loop(options = {})
        options = { :success => true, :timeout => DEFAULT_TIMEOUT }.merge(options)
        start = Time.now
        value = nil

        while Time.now - start < options[:timeout]
            value = yield
            return value if value == options[:success]

            expect(value.to_s).not_to match(options[:break]) if options[:break]
            sleep 1
        end

        raise "Still #{value}, not #{options[:success]}, after #{options[:timeout]} s"
    end

end
