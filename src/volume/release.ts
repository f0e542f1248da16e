/**
 * Gives back, at once, the memory of an array that nobody will read again. Left to itself the collector comes to such arrays
 * when it finds time: on a busy machine the peak was then higher by whatever had been left lying about
 * (test/alone/memory.test.ts). The array is empty afterwards, and so is every other view of its buffer.
 */
export function release({ buffer }: { readonly buffer: ArrayBufferLike }): void {
  if (buffer instanceof ArrayBuffer) buffer.transfer(0)
}
