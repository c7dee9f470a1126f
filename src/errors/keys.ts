/** What can go wrong with keys made on the VM: part of the error catalogue (see catalogue.ts). */
export const keyErrors = {
  KEY_INITIAL: {
    what: '«{name}» is the first key of this VM: it may do everything and is not changed.',
    fix: 'Make another with onepilot keys add, then end this one: onepilot keys revoke {name}',
  },
  KEY_NAME_BAD: {
    what: '«{name}» cannot be the name of a key.',
    fix: 'Use 1 to 63 of a-z, 0-9, dot, underscore and hyphen, the first a letter or digit; {reserved} are taken by the appliance.',
  },
  KEY_NAME_TAKEN: {
    what: 'There is a key named {name} already.',
    fix: 'Choose another name, or revoke that key first if it was added on this VM.',
  },
  KEY_NONE: {
    what: 'No API key works: nobody can use the appliance.',
    fix: 'Make one on the VM: onepilot keys add NAME. Or set ONEAPP_COPILOT_API_PASSWORD or ONEAPP_COPILOT_API_KEYS to one that was not revoked.',
  },
  KEY_OF_CONTEXT: {
    what: 'The key «{name}» is one of ONEAPP_COPILOT_API_KEYS, which says what it is and may do.',
    fix: 'Change its entry in the context; it is taken up while the machine runs.',
  },
  KEY_STORE_UNREADABLE: {
    what: 'The keys added and revoked on this VM cannot be read from {path} ({reason}). A gateway that starts now refuses every key.',
    fix: 'Correct the file or restore it from a backup, then: systemctl reload onepilot-gateway && onepilot reconcile. Removing it forgets those keys, and makes revoked ones of the context work again.',
  },
  KEY_UNKNOWN: {
    what: 'No key named «{name}» works here.',
    fix: 'These do: {names}.',
  },
} as const;
