import { type EndedDelivery, type EndedObserver, FINAL_STATES, type FinalState } from '../../model/ended-delivery.js';

/** Who wants to know of deliveries that ended. */
export class EndedObservers {
  private readonly observers = new Set<EndedObserver>();

  add(observer: EndedObserver): () => void {
    this.observers.add(observer);
    return () => this.observers.delete(observer);
  }

  /** What is wanted now. Without observers it costs one look at an empty set. */
  wanted(): ReadonlySet<FinalState> {
    const states = new Set<FinalState>();
    for (const observer of this.observers) for (const state of FINAL_STATES) if (observer.wants(state)) states.add(state);
    return states;
  }

  tell(ended: readonly EndedDelivery[]): void {
    if (ended.length === 0) return;
    for (const observer of this.observers) {
      const wanted = ended.filter(({ state }) => observer.wants(state));
      if (wanted.length > 0) observer.ended(wanted);
    }
  }
}
