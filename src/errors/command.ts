/** What can go wrong with the `onepilot` command: part of the error catalogue (see catalogue.ts). */
export const commandErrors = {
  COMMAND_BAKED_MODEL_DAMAGED: {
    what: 'The file of {model} in {path} is not as the image has it: {reason}.',
    fix: 'Its disk or what writes to it is at fault. Create the VM anew from the image; until then, name another model in the context.',
  },
  COMMAND_BENCH_FAILED: {
    what: '{model} could not be measured: {reason}.',
    fix: 'See: onepilot models verify {model}',
  },
  COMMAND_BENCH_NO_ROOM: {
    what: 'To measure {model}, it is loaded a second time: that needs {needs} of memory, and {free} are available.',
    fix: 'Stop the engine meanwhile: systemctl stop onepilot-engine, and afterwards: systemctl start onepilot-engine',
  },
  COMMAND_DISK_MODEL_DAMAGED: {
    what: '{model} in {path} is not as it was: {reason}.',
    fix: 'Attach the disk that holds it, or copy the right file to it; then run onepilot reconcile.',
  },
  COMMAND_ENGINE_BUSY: {
    what: 'The engine is busy with requests ({requests}).',
    fix: 'Try again when nobody is waiting for an answer, or measure all the same with --force.',
  },
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
  COMMAND_MODEL_BAKED: {
    what: '{model} came with the image: it is neither fetched nor removed.',
    fix: 'To serve it, name it in the context; to be rid of it, use an image with another profile.',
  },
  COMMAND_MODEL_DAMAGED: {
    what: 'The file of {model} in {path} is damaged: {reason}.',
    fix: 'Remove it: onepilot models remove --force {model}. If the context names it, it is fetched again; else fetch it with onepilot models pull. If it happens again, the disk is at fault.',
  },
  COMMAND_MODEL_NOT_SERVED: {
    what: '{model} is not served; the engine was told to serve: {served}.',
    fix: 'Name one of those, or set the model in the context and wait until onepilot status says ready.',
  },
  COMMAND_MODEL_ON_DISK: {
    what: 'A file on an attached disk is used where it lies, and not fetched.',
    fix: 'Name it in the context in the same way, for example in ONEAPP_COPILOT_AI_MODEL, and run onepilot reconcile.',
  },
  COMMAND_MODEL_SERVED: {
    what: '{model} is being served.',
    fix: 'Name another model in the context first, or, if its file is damaged, remove it with --force: it is fetched again then.',
  },
  COMMAND_MODEL_UNKNOWN: {
    what: 'There is no model «{model}».',
    fix: '{hint}See: onepilot models list --all',
  },
  COMMAND_MODEL_WANTED: {
    what: 'The context wants {model} ({variable}), so it would be fetched again.',
    fix: 'Change {variable} first, or, if its file is damaged, remove it with --force.',
  },
  COMMAND_NEEDS_ROOT: {
    what: 'Only root may run onepilot {command}.',
    fix: 'Log in as root.',
  },
  COMMAND_NO_IMAGE: {
    what: 'This machine is no appliance: nothing says which models it has.',
    fix: 'Name them with --model, or run this command on the appliance.',
  },
  COMMAND_NO_CLIENT: {
    what: 'Nothing is known of a client called {name}.',
    fix: '{hint}These are: {names}.',
  },
  COMMAND_NO_ENDPOINT: {
    what: 'This VM serves no model yet to which a client could be connected.',
    fix: 'See: onepilot status',
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
  COMMAND_RENEW_PROVIDED: {
    what: 'The context provides the certificate: there is no CA to ask for another.',
    fix: 'Put its successor into ONEAPP_COPILOT_TLS_CERTIFICATE and ONEAPP_COPILOT_TLS_KEY, or in place of the files on the disk, and run onepilot reconcile.',
  },
  COMMAND_RENEW_STOPPED: {
    what: '{unit} did not come to its end: {output}',
    fix: 'See: journalctl -u {unit}',
  },
  COMMAND_RENEW_WITHOUT_CA: {
    what: 'This VM has no CA of its own that could sign a certificate, or no certificate to take its names from.',
    fix: 'Run onepilot reconcile: the agent makes what is missing.',
  },
  COMMAND_STATUS_BROKEN: {
    what: '{path} is not what this version expects.',
    fix: 'Run onepilot reconcile: the agent writes it anew.',
  },
  COMMAND_TOKEN_FILE: {
    what: 'The token cannot be read from {path}: {reason}.',
    fix: 'Write the token, and nothing else, to a file that only root may read.',
  },
  COMMAND_USAGE: {
    what: '{problem}',
    fix: 'See: onepilot help{command}',
  },
} as const;
