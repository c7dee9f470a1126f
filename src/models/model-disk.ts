/** Filesystem label of the disk that holds a profile's models; ext4 allows 16 bytes. */
export const modelDiskLabel = 'ONEPILOT-MODELS';
