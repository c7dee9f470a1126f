/** Header of every request that goes out: another OnePilot sends it no further, or two could pass one on for ever. */
export const forwardedHeader = 'x-onepilot-forwarded';
