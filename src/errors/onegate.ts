/** What can go wrong between the VM and OneGate: part of the error catalogue (see catalogue.ts). */
export const onegateErrors = {
  ONEGATE_BAD_ANSWER: {
    what: 'OneGate at {endpoint} gave an answer that cannot be understood: {reason}.',
    fix: 'Check that ONEGATE_ENDPOINT is the address of OneGate itself, and OneGate’s log on the front-end.',
  },
  ONEGATE_BAD_ENDPOINT: {
    what: 'ONEGATE_ENDPOINT holds «{found}», which is not the http or https URL of a OneGate.',
    fix: 'Correct ONEGATE_ENDPOINT in oned.conf (an example: http://169.254.16.9:5030), then restart the VM from OpenNebula.',
  },
  ONEGATE_BAD_VMID: {
    what: 'VMID holds «{found}», which is not the number of a VM.',
    fix: 'Leave VMID out of the CONTEXT section: OpenNebula sets it itself where TOKEN is YES.',
  },
  ONEGATE_INCOMPLETE: {
    what: 'REPORT_READY is set, but the context has no usable {missing}: OpenNebula will not learn when the VM is ready.',
    fix: 'Set TOKEN to YES in the CONTEXT section, and have OneGate running; or leave REPORT_READY out.',
  },
  ONEGATE_READY_SCRIPT_FAILED: {
    what: '{script} did not succeed ({reason}), so the VM is not reported as ready.',
    fix: 'Run it by hand on the VM to see why; it must end with exit status 0.',
  },
  ONEGATE_REFUSED: {
    what: 'OneGate at {endpoint} answered {status}: {text}',
    fix: 'With 401, check that the VM’s owner still has the TOKEN_PASSWORD it was made with; with 403, onegate-server.conf; else OneGate’s log on the front-end.',
  },
  ONEGATE_UNREACHABLE: {
    what: 'OneGate at {endpoint} could not be reached: {reason}.',
    fix: 'Check from the VM with: curl {endpoint}; OneGate must listen there and no firewall may stand between.',
  },
} as const;
