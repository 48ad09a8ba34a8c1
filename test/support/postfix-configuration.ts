/** Where Postfix keeps what it takes: in `FOLDER/mail/new`, or nowhere. */
export type PostfixDelivery = 'maildir' | 'discard';

/**
 * The `main.cf` and `master.cf` of a Postfix that lives in its own folder, takes all mail, and refuses whatever is for `nobody@`
 * (postconf(5), master(5)).
 *
 * @param user whom the maildir belongs to
 */
export function postfixConfiguration(
  folder: string,
  port: number,
  delivery: PostfixDelivery,
  user: { readonly uid: number; readonly gid: number } = { uid: 65_534, gid: 65_534 },
): { readonly main: string; readonly master: string } {
  const main = `
compatibility_level = 3.6
queue_directory = ${folder}/queue
data_directory = ${folder}/data
maillog_file = ${folder}/log
maillog_file_prefixes = ${folder}
myhostname = postfix.test
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
mydestination =
alias_maps =
alias_database =
local_recipient_maps =
virtual_mailbox_domains = static:all
virtual_mailbox_base = ${folder}
virtual_mailbox_maps = static:mail/
virtual_uid_maps = static:${user.uid}
virtual_gid_maps = static:${user.gid}
virtual_minimum_uid = 1
virtual_transport = ${delivery === 'maildir' ? 'virtual' : 'discard:'}
smtpd_recipient_restrictions = check_recipient_access inline:{ { nobody@ = 550 5.1.1 no such user } }, permit_mynetworks, reject
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_client_connection_count_limit = 0
smtpd_error_sleep_time = 0
in_flow_delay = 0
`;
  const master = `
127.0.0.1:${port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
postlog unix-dgram n - n - 1 postlogd
`;
  return { main, master };
}
