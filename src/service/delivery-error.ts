/**
 * Why an effect did not come about, and whether trying again can help: `later`, the other side may be mended or back by
 * then; `never`, only a person can mend it. What else is thrown on the way is a bug.
 */
export class DeliveryError extends Error {
  readonly again: 'later' | 'never'
  /** What the other side asked to wait at least. */
  readonly leastMs: number

  constructor(
    again: 'later' | 'never',
    message: string,
    { leastMs = 0, ...options }: ErrorOptions & { leastMs?: number } = {},
  ) {
    super(message, options)
    this.name = 'DeliveryError'
    this.again = again
    this.leastMs = leastMs
  }
}
