/** One name in an image's file systems, with all that two builds may differ in. */
export interface ImageEntry {
  /** Absolute, as the running appliance sees it. */
  readonly path: string;
  /** What it is, in the words of inode(7). */
  readonly kind: string;
  /** The twelve bits of chmod(2). */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes; 0 for what is no file. */
  readonly size: number;
  /** SHA-256 of a file's content, target of a link; empty for the rest. */
  readonly content: string;
  /** Names of extended attributes. */
  readonly attributes: readonly string[];
  /** Seconds since 1970 of the last change; undefined where the file system does not say. */
  readonly modifiedAt: number | undefined;
}
