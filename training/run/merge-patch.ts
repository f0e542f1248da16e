/**
 * JSON Merge Patch (RFC 7396): how a short recipe changes the one that it extends. Objects are merged key by key, null takes a
 * key away, and everything else (lists too) takes the place of what was there. Beyond the RFC, a list of things with names
 * (sources, channels) is changed by an object of those names, each with its patch, or null to leave it out. What states its own
 * name and is not in the list joins it at the end.
 *
 * @throws Error where such an object has a name that is not in the list, and no new thing of that name
 */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch
  if (isNamedList(target)) return patchNamed(target, patch)
  const merged: Record<string, unknown> = isObject(target) ? { ...target } : {}
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key]
    else merged[key] = mergePatch(merged[key], value)
  }
  return merged
}

type JsonObject = Readonly<Record<string, unknown>>
type Named = JsonObject & { readonly name: string }

function patchNamed(target: readonly Named[], patch: JsonObject): readonly unknown[] {
  const names = target.map(({ name }) => name)
  const added = Object.entries(patch).filter(([name]) => !names.includes(name))
  for (const [name, item] of added) {
    if (isObject(item) && item['name'] === name) continue
    throw new Error(`nothing there is called '${name}'; there are ${names.join(', ')}`)
  }
  const kept = target
    .filter(({ name }) => patch[name] !== null)
    .map((item) => (item.name in patch ? mergePatch(item, patch[item.name]) : item))
  return [...kept, ...added.map(([, item]) => item)]
}

const isNamedList = (value: unknown): value is readonly Named[] =>
  Array.isArray(value) && value.length > 0 && value.every((item) => isObject(item) && typeof item['name'] === 'string')

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
