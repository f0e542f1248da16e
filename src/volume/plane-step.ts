/** Every so many planes are looked at of a volume that has so many. */
const [EVERY, MANY] = [8, 64]

/** From one plane that is looked at to the next, where a share is asked for that lies far from the threshold it is held to. */
export function planeStep(planes: number): number {
  return planes < MANY ? 1 : EVERY
}
