/** Which processor the network runs on. What is asked for and what is really used are two types. */

export const DEVICE_CHOICES = ['auto', 'cpu', 'cuda', 'webgpu'] as const

/** auto: CUDA if a session really runs there, else the CPU with the reason given. A named device is never swapped. */
export type DeviceChoice = (typeof DEVICE_CHOICES)[number]

export type Device = Exclude<DeviceChoice, 'auto'>
