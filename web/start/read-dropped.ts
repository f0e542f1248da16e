/** The files that were dropped, those in folders as well; the order of a folder is the browser's. */

/** Enough for any study (the service takes 10 000); a home folder dropped by mistake ends here. */
const MOST_FILES = 10_000

/** Entries must be asked for before the event is over; the files come later. */
export function droppedFiles(transfer: DataTransfer): Promise<readonly File[]> {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null)
  return entries.length > 0 ? filesOf(entries) : Promise.resolve([...transfer.files])
}

async function filesOf(entries: readonly FileSystemEntry[]): Promise<readonly File[]> {
  const files: File[] = []
  const waiting = [...entries]
  for (let entry = waiting.shift(); entry !== undefined && files.length < MOST_FILES; entry = waiting.shift()) {
    if (entry.isFile) {
      const { promise, resolve, reject } = Promise.withResolvers<File>()
      ;(entry as FileSystemFileEntry).file(resolve, reject)
      files.push(await promise)
    } else waiting.push(...(await childrenOf(entry as FileSystemDirectoryEntry)))
  }
  // Finder and Explorer leave files of their own in folders.
  return files.filter(({ name }) => !name.startsWith('.') && name !== 'Thumbs.db' && name !== 'DICOMDIR')
}

/** A reader gives a hundred at a time, and none when there are no more. */
async function childrenOf(folder: FileSystemDirectoryEntry): Promise<readonly FileSystemEntry[]> {
  const reader = folder.createReader()
  const all: FileSystemEntry[] = []
  for (;;) {
    const { promise, resolve, reject } = Promise.withResolvers<FileSystemEntry[]>()
    reader.readEntries(resolve, reject)
    const some = await promise
    if (some.length === 0) return all
    all.push(...some)
  }
}
