/** What is to be read: bytes of instances, asked for one at a time, and what reading all of them may cost at most. */

export interface Source {
  readonly bytes: number
  read(): Promise<Buffer>
}

export interface OpenSources {
  readonly sources: readonly Source[]
  /** The comment of the archive that they lie in. */
  readonly comment?: string
  close(): Promise<void>
}

/** Passed in by the caller: the code has no limits of its own. */
export interface DicomLimits {
  /** How many files a folder or an archive may hold, whatever is in them. */
  readonly maxFiles: number
  /** Folders within folders, in a folder as in an archive. */
  readonly maxDepth: number
  /** The limit of one file, as it is stored and once it is unpacked. */
  readonly maxFileBytes: number
  /** The limit of all files together once they are unpacked, and of an archive as it is stored. */
  readonly maxTotalBytes: number
  /** The limit of one volume. */
  readonly maxVoxels: number
}
