module CLITester

    # A VM, by `onetemplate`, `onevm` and `ssh`.
    class VM

        include RSpec::Matchers

        attr_reader :id, :ip

        # @param [Bool] ssh whether to wait until root's shell answers
        def self.instantiate(template, ssh = false, options = '')
            vm = new(cli_create_lite("onetemplate instantiate #{template} #{options}"))
            vm.running?
            vm.reachable? if ssh
            vm
        end

        def initialize(id)
            @id = id
            @defaults = RSpec.configuration.defaults
            info
            @ip = @xml["#{@defaults[:xpath_pub_nic]}/IP"]
        end

        def info
            @xml = cli_action_xml("onevm show -x #{@id}")
        end

        def xml(refresh = true)
            info if refresh
            @xml
        end

        def [](key)
            @xml[key]
        end

        def state
            info
            state = VirtualMachine::VM_STATE[@xml['STATE'].to_i]
            state == 'ACTIVE' ? VirtualMachine::LCM_STATE[@xml['LCM_STATE'].to_i] : state
        end

        def state?(success)
            wait_loop(:success => success, :break => /FAIL/) { state }
        end

        def running?
            state?('RUNNING')
        end

        def reachable?(user = 'root', timeout = DEFAULT_TIMEOUT, ssh_timeout = 11 * PATIENCE)
            wait_loop(:timeout => timeout) { ssh('echo', true, { :timeout => ssh_timeout }, user).success? }
        end

        # Asserts, without a second look: what is not there by now is an error.
        def ready?(success = 'YES')
            expect(xml['USER_TEMPLATE/READY']).to eq(success)
        end

        # The command stands in double quotes: the shell here expands and unquotes in it before the VM's does.
        def ssh(cmd, _stderr = false, options = {}, user = 'root')
            SafeExec.run("ssh #{VM_SSH_OPTS} #{user}@#{@ip} \"#{cmd}\"", options[:timeout])
        end

        def scp(src, dst, _stderr = false, options = {}, user = 'root')
            SafeExec.run("scp #{VM_SSH_OPTS} #{src} #{user}@#{@ip}:#{dst}", options[:timeout])
        end

        def terminate_hard
            cli_action("onevm terminate --hard #{@id}")
            state?('DONE')
        end

    end

end
