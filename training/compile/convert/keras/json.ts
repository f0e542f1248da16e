/** What a Keras configuration is before anything is known of it. */

export type JsonObject = Readonly<Record<string, unknown>>

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** An object that stands for a layer, a model, an initializer, a policy: a class by name, and how it was made. */
export interface Described extends JsonObject {
  readonly class_name: string
  readonly config: JsonObject
}

export function isDescribed(value: unknown): value is Described {
  return isObject(value) && typeof value['class_name'] === 'string' && isObject(value['config'])
}

/** "the layer 'conv2d' (Conv2D)" */
export function layerText({ class_name, config }: Described): string {
  return `the layer '${config['name'] ?? 'without a name'}' (${class_name})`
}
