/**
 * tfjs's cpu backend, for whoever computes with tfjs itself. It advertises tfjs-node on the terminal when it is first
 * used where IS_NODE is true; nothing else reads that flag once tfjs-core is loaded. tfjs's other warnings stay.
 */
import '@tensorflow/tfjs-backend-cpu'
import { env } from '@tensorflow/tfjs-core'

env().set('IS_NODE', false)
