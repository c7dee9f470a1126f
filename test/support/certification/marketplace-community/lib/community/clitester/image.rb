module CLITester

    # An image, by `oneimage`.
    class CLIImage

        include RSpec::Matchers

        attr_reader :id

        def initialize(id)
            @id = id
            @xml = cli_action_xml("oneimage show -x #{id}")
        end

        def self.create(name, datastore, options = '')
            new(cli_create_lite("oneimage create --name '#{name}' -d '#{datastore}' #{options}"))
        end

        def self.list(options = '')
            SafeExec.run("oneimage list --no-header #{options}").stdout.split("\n")
        end

        def name
            @xml['NAME']
        end

    end

end
