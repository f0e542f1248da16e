/** A view is one address of the page: what is shown, and what ends with it. */
export interface View {
  readonly title: string
  readonly element: HTMLElement
  /** Ends what goes on behind it. */
  readonly close?: () => void
}
