/** What can go wrong with the `onepilot` command: part of the error catalogue (see catalogue.ts). */
export const commandErrors = {
  COMMAND_FAILED: {
    what: 'The command stopped: {reason}',
    fix: 'Run onepilot support and send its archive with your report.',
  },
  COMMAND_FILE_EXISTS: {
    what: '{path} is there already.',
    fix: 'Name another file, or remove that one first.',
  },
  COMMAND_FILE_UNREADABLE: {
    what: '{path} cannot be read: {reason}.',
    fix: 'Name a file that is there and that you may read, or - for the standard input.',
  },
  COMMAND_FILE_UNWRITABLE: {
    what: '{path} cannot be written: {reason}.',
    fix: 'Name a file in a directory that exists and has room.',
  },
  COMMAND_KEY_CHOSEN: {
    what: 'The key is the password in ONEAPP_COPILOT_API_PASSWORD of the context; only its hash is kept here.',
    fix: 'Use that password, or make another key: onepilot keys add NAME',
  },
  COMMAND_KEYS_BUSY: {
    what: 'Another onepilot keys command has been changing the keys for {seconds} seconds.',
    fix: 'Wait for it to end, then try again.',
  },
  COMMAND_NEEDS_ROOT: {
    what: 'Only root may run onepilot {command}.',
    fix: 'Log in as root.',
  },
  COMMAND_NO_KEY: {
    what: 'There is no key on this VM that could be shown.',
    fix: 'See: onepilot keys list and onepilot status. Make one with: onepilot keys add NAME',
  },
  COMMAND_NO_PROGRAM: {
    what: '{program} cannot be run here: {reason}.',
    fix: 'Run this command on the appliance.',
  },
  COMMAND_NO_REPORT: {
    what: 'There is no report yet.',
    fix: 'See: onepilot status and journalctl -u onepilot-agent',
  },
  COMMAND_NO_STATUS: {
    what: 'The agent has not reported yet.',
    fix: 'See: journalctl -u onepilot-agent',
  },
  COMMAND_RECONCILE_FAILED: {
    what: 'The run did not come to its end: {output}',
    fix: 'See: onepilot logs agent',
  },
  COMMAND_STATUS_BROKEN: {
    what: '{path} is not what this version expects.',
    fix: 'Run onepilot reconcile: the agent writes it anew.',
  },
  COMMAND_USAGE: {
    what: '{problem}',
    fix: 'See: onepilot help{command}',
  },
} as const;
