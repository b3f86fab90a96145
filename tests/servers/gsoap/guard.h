// What soapcpp2 makes a service with WS-Security of: it says who asked and what of the message was protected.
//gsoap g service name:      guard
//gsoap g service type:      Guard
//gsoap g service port:      http://localhost/service
//gsoap g service namespace: urn:example:guard
//gsoap g service style:     document
//gsoap g service encoding:  literal
//gsoap g schema  namespace: urn:example:guard
//gsoap g schema  form:      qualified

#import "wsse.h"

int g__withPassword(char *text, char **seen);
int g__withSignature(char *text, char **seen);
