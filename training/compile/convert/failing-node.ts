/** tfjs says what went wrong in a graph, and not at which node. */

export interface NodeDef {
  readonly name: string
  readonly op: string
  readonly input?: readonly string[]
}

/** Nodes that hold or take a value, and those without one. */
const NO_RESULT = ['Const', 'Placeholder', 'PlaceholderWithDefault', 'NoOp', 'Assert']

/**
 * The first node on the way to `outputs` that `run` cannot run: run throws for a list of names if one of them, or what
 * it needs, cannot be run.
 */
export function failingNode(
  nodes: readonly NodeDef[],
  outputs: readonly string[],
  run: (names: string[]) => unknown,
): NodeDef | undefined {
  const ordered = inOrder(nodes, outputs).filter(({ op }) => !NO_RESULT.includes(op))
  const fails = (count: number) => {
    try {
      run(ordered.slice(0, count).map(({ name }) => name))
      return false
    } catch {
      return true
    }
  }
  let [good, bad] = [0, ordered.length]
  if (bad === 0 || !fails(bad)) return undefined
  while (bad - good > 1) {
    const middle = (good + bad) >> 1
    if (fails(middle)) bad = middle
    else good = middle
  }
  return ordered[good]
}

/** What the outputs need, each node after its inputs; without recursion, since a network may be thousands deep. */
function inOrder(nodes: readonly NodeDef[], outputs: readonly string[]): NodeDef[] {
  const byName = new Map(nodes.map((node) => [node.name, node]))
  const done = new Set<string>()
  const ordered: NodeDef[] = []
  const open = outputs.map(nodeName)
  while (open.length > 0) {
    const name = open.at(-1)!
    const node = byName.get(name)
    const missing = done.has(name) ? [] : (node?.input ?? []).map(nodeName).filter((input) => !done.has(input))
    if (missing.length > 0) {
      open.push(...missing)
      continue
    }
    open.pop()
    if (!done.has(name) && node !== undefined) ordered.push(node)
    done.add(name)
  }
  return ordered
}

/** '^x' is a control dependency on x, 'x:1' its second output. */
export function nodeName(input: string): string {
  return input.replace(/^\^/, '').replace(/:.*$/, '')
}
