/** Elements of the page. Text goes in as text nodes and never as HTML, so what a file or a name says cannot become a script. */

type Child = Node | string | null | false

/** `true` is an attribute without a value; `false` and `null` leave it out. */
export type Attributes = Readonly<Record<string, string | number | boolean | null>>

type Listeners = { readonly [K in keyof HTMLElementEventMap]?: (event: HTMLElementEventMap[K]) => void }

/** An element with attributes, children and listeners. @throws TypeError for a style: the CSP would drop it silently */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  children: readonly Child[] | string = [],
  listeners: Listeners = {},
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (name === 'style') throw new TypeError('a style attribute is refused by the CSP; set element.style')
    if (value === false || value === null) continue
    element.setAttribute(name, value === true ? '' : String(value))
  }
  element.append(...(typeof children === 'string' ? [children] : children.filter(isThere)))
  for (const [type, listener] of Object.entries(listeners)) {
    element.addEventListener(type, listener as EventListener)
  }
  return element
}

const isThere = (child: Child): child is Node | string => child !== null && child !== false

/** A button that does something here; a link goes somewhere else. */
export function button(text: string, click: () => void, attributes: Attributes = {}): HTMLButtonElement {
  return make('button', { type: 'button', ...attributes }, text, { click })
}

/** Replaces what an element holds. */
export function fill(element: Element, ...children: readonly Child[]): void {
  element.replaceChildren(...children.filter(isThere))
}

/** Says something to those who do not see it change. */
export function announce(text: string): void {
  const live = document.getElementById('live')
  if (live !== null) live.textContent = text
}

let ids = 0
/** An id that no other element of this page has, for labels and descriptions. */
export const freshId = (stem: string): string => `${stem}-${++ids}`
