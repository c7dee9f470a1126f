require 'rexml/document'

# As much of OpenNebula's Ruby binding as the classes here use.
module OpenNebula

    # An object's XML, read by XPath below its root.
    class XMLElement

        def initialize_xml(text, root)
            @root = REXML::Document.new(text).elements["/#{root}"]
        end

        # @return [String, nil] nil where there is no such element
        def [](path)
            element = @root.elements[path]
            element && element.text.to_s
        end

    end

    # include/VirtualMachine.h: VmState and, as far as VMs here get there, LcmState.
    class VirtualMachine

        VM_STATE = ['INIT', 'PENDING', 'HOLD', 'ACTIVE', 'STOPPED', 'SUSPENDED', 'DONE', 'FAILED', 'POWEROFF'].freeze
        LCM_STATE = { 0 => 'LCM_INIT', 1 => 'PROLOG', 2 => 'BOOT', 3 => 'RUNNING', 36 => 'BOOT_FAILURE' }.freeze

    end

end
