/** A view is one address of the page: what is shown, and what ends with it. */
export interface View {
  readonly title: string
  readonly element: HTMLElement
  /** Begins what needs a place in the page: a canvas has no size before. */
  readonly shown?: () => void
  /** Ends what goes on behind it. */
  readonly close?: () => void
}
