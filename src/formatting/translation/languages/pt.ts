import { type Phrases } from '../../../model/phrases.js';

/** Portuguese. */
export const pt: Phrases = {
  types: {
    system_update: {
      name: 'atualização do sistema',
      one: '{count} atualização do sistema',
      other: '{count} atualizações do sistema',
    },
    approval_request: { name: 'pedido de aprovação', one: '{count} pedido de aprovação', other: '{count} pedidos de aprovação' },
    alert: { name: 'alerta', one: '{count} alerta', other: '{count} alertas' },
    reminder: { name: 'lembrete', one: '{count} lembrete', other: '{count} lembretes' },
    announcement: { name: 'anúncio', one: '{count} anúncio', other: '{count} anúncios' },
  },
  notifications: { one: '{count} notificação', other: '{count} notificações' },
  ofType: { one: '{count} notificação «{type}»', other: '{count} notificações «{type}»' },
  more: 'mais {count}',
  andMore: 'e mais {count}',
  others: 'outros {count}',
  from: 'De {names}',
  times: '{count} vezes',
  critical: 'crítico',
  high: 'urgente',
  open: 'Abrir',
  readMore: 'Ler mais',
  review: 'Rever',
  lookInto: 'Ver',
  unsubscribe: 'Cancelar inscrição',
  reason: 'Recebe esta mensagem porque {brand} envia notificações para {address}.',
  reasonShared: 'Recebe esta mensagem porque {brand} lhe envia notificações.',
};
