import { type DeliveryState } from '../model/delivery.js';

/** Why a delivery cannot be cancelled, the same words in every store. */
export const CANCEL_REFUSALS = {
  state: (state: DeliveryState): string => `is ${state}; only a gathering or queued one can be cancelled`,
  frozen: 'is part of a digest that was attempted already; every attempt sends the same content',
} as const;
