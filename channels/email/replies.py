"""Every SMTP reply that we give has a name (RFC 5321 §4.2, enhanced codes RFC 3463)."""

from __future__ import annotations

# 2xx and 3xx: go on
OK = "250 2.0.0 accepted, it is stored"
SENDER_OK = "250 2.1.0 sender ok"
RECIPIENT_OK = "250 2.1.5 recipient ok"
CANNOT_VERIFY = "252 2.5.2 send the mail and see"
SEND_DATA = "354 end with <CR><LF>.<CR><LF>"

# 4xx: the sender keeps the mail and comes back
SHUTTING_DOWN = "421 4.3.2 we are restarting, come back in a minute"
TOO_MANY_CONNECTIONS = "421 4.7.0 too many connections, come back later"
IDLE = "421 4.4.2 you were silent for too long"
TRY_LATER = "451 4.3.0 we cannot store mail now, come back later"
NO_SPACE = "452 4.3.1 no room now, come back later"
TOO_MANY_RECIPIENTS = "452 4.5.3 too many recipients, send the others in a second mail"

# 5xx: this will never be taken
NOT_LMTP = "500 5.5.1 this is LMTP, begin with LHLO"
BAD_SYNTAX = "501 5.5.4 wrong syntax"
NOT_IMPLEMENTED = "502 5.5.1 not offered here"
BAD_SEQUENCE = "503 5.5.1 wrong order of commands"
RELAY_DENIED = "550 5.7.1 we take mail for our own domains only"
BARE_NEWLINE = "550 5.6.11 lines must end in CRLF, there is a bare CR or LF"
TOO_BIG = "552 5.3.4 the mail is larger than we take"
