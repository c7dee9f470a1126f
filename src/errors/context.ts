/** What can be wrong with a context: part of the error catalogue (see catalogue.ts). */
export const contextErrors = {
  CONTEXT_BAD_ADDRESS: {
    what: '{variable} holds «{found}», which is no {expected}.',
    fix: "Correct the address in the virtual network or in the VM's NIC.",
  },
  CONTEXT_BAD_API_KEYS: {
    what: '{place} {rule}.',
    fix: 'Write for each key a line «- name: ana» and below it, as far to the right, «key: …». Entries are counted from 0; keys are not shown here.',
  },
  CONTEXT_BAD_BACKEND: {
    what: 'Entry {entry} of {variable} is not of the form KEY@HOST:PORT.',
    fix: 'Write entries as KEY@10.0.0.7:443, separated by commas, or leave it empty.',
  },
  CONTEXT_BAD_DOMAIN: {
    what: '{variable} must be the full DNS name of one host, but is «{found}»: {reason}.',
    fix: 'Set it to a name like {example}, or leave it empty.',
  },
  CONTEXT_BAD_METHOD: {
    what: '{variable} holds «{found}»; it can be {expected}.',
    fix: 'Choose one of them in the virtual network.',
  },
  CONTEXT_BAD_NETWORK: {
    what: '{variable} holds «{found}», which is neither a network nor an address.',
    fix: 'Write networks as ADDRESS/PREFIX, separated by commas, for example {example}.',
  },
  CONTEXT_BAD_NUMBER: {
    what: '{variable} must be a whole number from {minimum} to {maximum}, but is «{found}».',
    fix: 'Set it to such a number, for example {example}, or leave it empty.',
  },
  CONTEXT_BAD_PASSWORD: {
    what: '{variable} must have {minimum} to {maximum} characters: letters, digits and ASCII signs, no spaces.',
    fix: 'Choose another one, or leave it empty.',
  },
  CONTEXT_BAD_ROUTE: {
    what: '{variable} holds «{found}», which is not of the form «NETWORK/PREFIX via GATEWAY».',
    fix: 'Write routes as 10.8.0.0/16 via 192.168.1.254, separated by commas.',
  },
  CONTEXT_BAD_SSH_KEY: {
    what: 'Line {line} of SSH_PUBLIC_KEY is no public key and was left out.',
    fix: 'Paste the whole line of the .pub file, for example ssh-ed25519 AAAA… name.',
  },
  CONTEXT_BAD_SOURCE: {
    what: '{variable} holds «{found}», which must {fault}.',
    fix: 'Correct it in the VM template, for example: {example}.',
  },
  CONTEXT_BAD_UPSTREAMS: {
    what: '{place} {rule}.',
    fix: '«onepilot help variables» shows an example, docs/upstreams.md all there is. Entries are counted from 0; what stands in them is not shown here.',
  },
  CONTEXT_BAD_VALUE: {
    what: '{variable} must be {rule}, but is «{found}».',
    fix: 'Set it for example to {example}, or leave it empty.',
  },
  CONTEXT_DISK_BROKEN: {
    what: 'The context at {place} could not be read: {reason}.',
    fix: 'Attach the context disk again (power the VM off and on in OpenNebula).',
  },
  CONTEXT_DOMAIN_IGNORED: {
    what: '{variable} is «{found}» and is ignored: {reason}.',
    fix: 'Set it to the full DNS name of the VM, like {example}, or leave it empty.',
  },
  CONTEXT_HOSTNAME_CHANGED: {
    what: 'SET_HOSTNAME is no host name as it stands; {used} is used.',
    fix: 'Use letters, digits, hyphens and dots only, at most 64.',
  },
  CONTEXT_HOST_BITS: {
    what: '{variable} holds «{found}», which is an address inside the network {network}.',
    fix: 'Write {network} for the whole network, or the address without a prefix for one machine.',
  },
  CONTEXT_MISSING: {
    what: 'No OpenNebula context was found.',
    fix: 'Instantiate the VM with a CONTEXT section; until then defaults hold and a key is made on the VM.',
  },
  CONTEXT_MODEL_UNKNOWN: {
    what: '{variable} asks for {asked}, which neither the image nor the catalogue knows: {used} is used.',
    fix: '{hint}«onepilot models list --all» names those that there are; another model is named by its place, for example hf:owner/repository/file.gguf.',
  },
  CONTEXT_MODEL_REPLACED: {
    what: '{variable} asks for {asked}, which is not offered any more ({reason}): {replacement} takes its place.',
    fix: 'Set it to {replacement}, or to another model of «onepilot models list --all».',
  },
  CONTEXT_MORE_THAN_TRAINED: {
    what: 'ONEAPP_COPILOT_CONTEXT_SIZE is {asked}, but {model} was made for at most {largest} tokens.',
    fix: 'Set it to {largest} or less, or leave it empty.',
  },
  CONTEXT_NOT_YET: {
    what: '{variable} needs several VMs, which this version does not support; it is ignored.',
    fix: 'Leave it empty, or let it stand for a later version.',
  },
  CONTEXT_NO_SUCH_NIC: {
    what: '{variable} names {mac}, but this machine has no network interface with that address.',
    fix: "Detach and attach the NIC again, or correct the VM template's MAC.",
  },
  CONTEXT_UNKNOWN_VARIABLE: {
    what: '{variable} is not known to this version and was ignored.',
    fix: '{hint} «onepilot help variables» lists all there are.',
  },
  CONTEXT_UNREADABLE_TEXT: {
    what: "context.sh has something in line {line} that is not NAME='value'; what follows was not read.",
    fix: "Check the CONTEXT section of the VM's template.",
  },
} as const;
