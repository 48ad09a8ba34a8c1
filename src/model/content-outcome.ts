/**
 * Words by what they say of the outcome, in the languages of the built-in words. Two notifications that differ in one of these classes are not alike,
 * however many words they share: "backup of db-1 finished" and "backup of db-1 failed" are opposites. A word too many only keeps two apart.
 */
const CLASSES: readonly string[] = [
  // Negation; "t" is what is left of "isn't".
  'not no never none without cannot t nicht kein keine keinen keiner nie ohne ne pas jamais sans aucun aucune non mai senza nessun nessuna sin nunca ninguna sem não nenhum niet geen nooit zonder',
  // Failure.
  'failed fails fail failing failure failures error errors errored broken broke breaks down offline unreachable unavailable unhealthy rejected declined denied refused cancelled canceled aborted expired lost crashed red unsuccessful unsuccessfully unresolved fehlgeschlagen fehler gescheitert abgelehnt abgebrochen ausgefallen échoué échec erreur refusé annulé fallido falló fallo rechazado cancelado fallito errore rifiutato annullato mislukt fout geweigerd geannuleerd falhou falha erro recusado rejeitado',
  // Success.
  'finished succeeded succeeds success successful successfully passed passes passing ok up online recovered resolved fixed healthy available reachable approved accepted granted completed complete done green restored abgeschlossen erfolgreich erledigt genehmigt behoben wiederhergestellt réussi terminé approuvé résolu rétabli completado aprobado resuelto terminado completato riuscito approvato risolto geslaagd voltooid goedgekeurd opgelost concluído aprovado resolvido',
  // What begins, comes or grows.
  'added created opened reopened joined connected above increased started enabled unlocked subscribed assigned hinzugefügt erstellt geöffnet gestartet aktiviert ajouté créé ouvert démarré activé añadido creado abierto iniciado aggiunto aperto avviato toegevoegd geopend gestart adicionado criado aberto',
  // What ends, goes or shrinks.
  'removed deleted closed left disconnected below decreased stopped disabled locked unsubscribed unassigned reverted entfernt gelöscht geschlossen gestoppt deaktiviert supprimé fermé arrêté désactivé eliminado cerrado detenido rimosso chiuso fermato verwijderd gesloten gestopt removido fechado parado',
];

const CLASS_OF: ReadonlyMap<string, number> = new Map(
  CLASSES.flatMap((words, index) => words.split(' ').map((word) => [word, 1 << index] as const)),
);

/** The classes of outcomes that words belong to, one bit each; 0: they say nothing of one. */
export function outcomeOf(words: Iterable<string>): number {
  let found = 0;
  for (const word of words) found |= CLASS_OF.get(word) ?? 0;
  return found;
}
