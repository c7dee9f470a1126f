/** What can go wrong when a model is fetched, kept and checked: part of the error catalogue (see catalogue.ts). */
export const modelErrors = {
  MODEL_DISK_ABSENT: {
    what: 'No disk has the label {label}, which {source} names.',
    fix: 'Attach the disk, or correct the label: lsblk --fs shows those of the disks that are here; capital letters count.',
  },
  MODEL_DISK_HASH: {
    what: '{source} has the SHA-256 {found}, but {expected} was asked for.',
    fix: 'Copy the right file to the disk, or correct the hash behind #sha256=.',
  },
  MODEL_DISK_UNUSABLE: {
    what: '{source} cannot be used: {reason}.',
    fix: 'Name a .gguf file on the disk by its path from the root of its file system, which must be one that Debian can mount.',
  },
  MODEL_FETCH_BUSY: {
    what: 'Another process has been fetching {source} for {seconds} seconds.',
    fix: 'Wait for it to end; onepilot models list shows how far it is.',
  },
  MODEL_FETCH_HASH: {
    what: '{source} has the SHA-256 {found}, but {expected} was asked for.',
    fix: 'Correct the hash or the revision where the model is named, or fetch it from another server (ONEAPP_COPILOT_MODEL_MIRROR).',
  },
  MODEL_FETCH_INTERRUPTED: {
    what: '{source} could not be fetched to its end after {attempts} attempts in a row: {reason}. {received} bytes of it are here.',
    fix: 'What is here is kept and continued within the hour, or at once by onepilot models pull. If it stays so, set ONEAPP_COPILOT_MODEL_MIRROR to another server.',
  },
  MODEL_FETCH_NOT_FOUND: {
    what: '{server} does not have {source}: {reason}.',
    fix: 'Check owner, repository, file and revision (or the URL) for mistakes; capital letters count.',
  },
  MODEL_FETCH_NO_ACCESS: {
    what: '{server} does not give out {source}: {reason}.',
    fix: 'A gated or private repository of the hub: accept its conditions there, and set ONEAPP_COPILOT_MODEL_TOKEN to a token that may read it; if it is neither, check its name. Any other server: let it give out the file without a login.',
  },
  MODEL_FETCH_NO_HASH: {
    what: '{server} states no SHA-256 of {source}, and none was given: nothing could tell whether it arrives intact.',
    fix: 'Append #sha256= and the 64 digits to the name of the model, or name a file that the repository keeps with Git LFS.',
  },
  MODEL_FETCH_NO_SPACE: {
    what: '{source} does not fit on the disk of {path}: {need} bytes are still to come, {reserve} must stay free, and {free} are free; {missing} bytes are missing.',
    fix: 'Delete a model that is not needed any more (onepilot models list, onepilot models remove), enlarge the disk of the VM by at least that much, or choose a smaller model. What has arrived is kept.',
  },
  MODEL_FETCH_REFUSED: {
    what: '{server} gave an answer about {source} that is of no use: {reason}.',
    fix: 'Check the address and what stands between the VM and it (proxies, login pages), or set ONEAPP_COPILOT_MODEL_MIRROR to another server.',
  },
  MODEL_FETCH_SIZE: {
    what: '{source} has {found} bytes on {server}, but must have {expected}.',
    fix: 'Name the revision that has this file, or correct the size where the model is named.',
  },
  MODEL_FETCH_UNREACHABLE: {
    what: '{server} could not be reached for {source}: {reason}.',
    fix: 'Check route, DNS and firewall of the VM, or set ONEAPP_COPILOT_MODEL_MIRROR to a server that it reaches; without any, put the model on a disk (disk:LABEL/path).',
  },
  MODEL_FETCH_UNTRUSTED: {
    what: '{server} does not prove that it is the server for {source}: {reason}.',
    fix: 'Check the clock of the VM and the certificate of the server, and that no proxy changes it.',
  },
  MODEL_STORE_FAILED: {
    what: '{path} cannot be written: {reason}.',
    fix: 'Check the disk of the VM and who may write there; dmesg says more about a broken disk.',
  },
  MODEL_UNUSABLE: {
    what: '{source} is no model that could be used: {reason}',
    fix: 'Name a .gguf file that the engine supports.',
  },
} as const;
