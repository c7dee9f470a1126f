require 'json'

require_relative '../../../lib/community/app_handler'

# Certification of OnePilot, with COPILOT_CONTEXT_SIZE, COPILOT_CPU_THREADS and COPILOT_OPEN_METADATA=YES in the
# :params of metadata.yaml. Commands run as root over SSH, and on the way there in double quotes in the front-end's
# shell: none may hold a double quote, a backquote or a dollar sign.
describe 'Appliance Certification' do
    include_context('vm_handler')

    # Seconds from the first SSH session until the models must have been loaded, be it from a slow datastore.
    def bootstrap_timeout
        300
    end

    # Runs a command that must succeed.
    #
    # @return [String] its standard output, without white space around it
    def output_of(command)
        execution = @info[:vm].ssh(command)
        expect(execution.exitstatus).to eq(0), "#{command}\n#{execution.stdout}\n#{execution.stderr}"
        execution.stdout.strip
    end

    # Asks the gateway over HTTPS from inside the VM, trusting nobody but the VM's own authority.
    #
    # @param [String] path
    # @param [Bool] key whether to present the API key that the VM made for itself; it does not leave the VM
    #
    # @return [Array] status code and body
    def https(path, key: false)
        request = ["printf 'GET #{path} HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n'"]
        request += ["printf 'Authorization: Bearer '", "onepilot key | tr -d '\\n'", "printf '\\r\\n'"] if key
        request << "printf '\\r\\n'"

        answer = output_of("{ #{request.join('; ')}; } | openssl s_client -quiet -connect localhost:443 " \
                           '-CAfile /var/lib/onepilot/authority/ca.crt -verify_return_error ' \
                           '-servername localhost -verify_hostname localhost')
        head, body = answer.split(/\r?\n\r?\n/, 2)
        [head.to_s[%r{\AHTTP/1\.1 (\d+)}, 1], body]
    end

    # Comes first: what follows looks at an appliance whose bootstrap is over. A failure need not last: the appliance
    # looks again when, for one, an address comes late.
    it 'says that it is ready to serve' do
        expected = 'All set and ready to serve'
        deadline = Time.now + bootstrap_timeout

        loop do
            motd = @info[:vm].ssh('cat /etc/motd').stdout.to_s
            break if motd.include?(expected)

            raise "No '#{expected}' after #{bootstrap_timeout} s, but:\n#{motd}" if Time.now > deadline

            sleep 5
        end
    end

    it 'reports that its bootstrap succeeded' do
        expect(output_of('cat /etc/one-appliance/status')).to eq('bootstrap_success')
    end

    ['onepilot-gateway.socket', 'onepilot-gateway.service', 'onepilot-engine.service'].each do |unit|
        it "runs #{unit}" do
            expect(output_of("systemctl is-active #{unit}")).to eq('active')
        end
    end

    it 'answers over HTTPS that it is well' do
        status, = https('/health')
        expect(status).to eq('200')
    end

    it 'lists its models to whoever has the key' do
        status, body = https('/v1/models', :key => true)
        expect(status).to eq('200')
        expect(JSON.parse(body)['data'].map {|model| model['id'] }).not_to be_empty
    end

    it 'refuses whoever has no key' do
        status, = https('/v1/models')
        expect(status).to eq('401')
    end

    it 'takes as many tokens as the context says' do
        _, body = https('/v1/models', :key => true)
        sizes = JSON.parse(body)['data'].map {|model| model['context_length'].to_s }
        expect(sizes).to include(APP_CONTEXT_PARAMS.fetch(:COPILOT_CONTEXT_SIZE))
    end

    it 'computes with as many threads as the context says' do
        threads = APP_CONTEXT_PARAMS.fetch(:COPILOT_CPU_THREADS)
        output_of("grep -xE 'threads *= *#{threads}' /etc/onepilot/engine.ini")
    end

    it 'tells its version to everybody, as the context asks for' do
        expect(APP_CONTEXT_PARAMS.fetch(:COPILOT_OPEN_METADATA)).to eq('YES')
        status, = https('/api/version')
        expect(status).to eq('200')
    end

    it 'has no password for root' do
        expect(output_of('passwd -S root')).to match(/\Aroot L /)
    end

    it 'accepts no passwords over SSH' do
        expect(output_of('sshd -T')).to match(/^passwordauthentication no$/)
    end

    it 'tells OneGate nothing that the context does not ask for' do
        expect(@info[:vm].xml['USER_TEMPLATE/READY']).to be_nil
    end
end
