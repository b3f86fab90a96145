// What soapcpp2 makes a document/literal service of, and writes the WSDL for: attributes, choice, nil, derived classes.
//gsoap d service name:      shop
//gsoap d service type:      Shop
//gsoap d service port:      http://localhost/service
//gsoap d service namespace: urn:example:shop
//gsoap d service style:     document
//gsoap d service encoding:  literal
//gsoap d schema  namespace: urn:example:shop
//gsoap d schema  form:      qualified

#import "stlvector.h"

typedef char *xsd__date;
typedef char *xsd__dateTime;
typedef char *xsd__decimal;

class d__Payment { public: char *reference 0; };
class d__CardPayment : public d__Payment { public: char *number 1; xsd__date expires 0; };
class d__TransferPayment : public d__Payment { public: char *iban 1; };
class d__Address { public: char *street 1; char *city 1; };
union d__Place { char *pickupStore; d__Address *deliverTo; };
class d__Line { public: @int no 1; char *sku 1; xsd__decimal quantity 1; };
enum d__Status { pending, shipped };
class d__Order {
  public:
    @enum d__Status status 1;
    @int *revision 0;
    LONG64 number 1;
    xsd__dateTime placed 1;
    char *remark nullptr 1;
    std::vector<d__Line> line 0;
    std::vector<char *> tag 0;
    int __union_place 0;
    union d__Place place;
    d__Payment *payment 0;
};
class _d__notFound { public: LONG64 number 1; std::vector<char *> searched 0; };
class _d__who { public: char *user 1; int *level 0; };

struct SOAP_ENV__Header { _d__who *d__who; };
struct SOAP_ENV__Detail { _d__notFound *d__notFound; int __type; void *fault; _XML __any; };

class d__echoOrderResponse { public: d__Order *order 1; };
int d__echoOrder(d__Order *order 1, d__echoOrderResponse &result);
class d__describeOrderResponse { public: char *text 1; };
int d__describeOrder(d__Order *order 1, d__describeOrderResponse &result);
class d__getOrderResponse { public: d__Order *order 1; };
//gsoap d service method-fault: getOrder _d__notFound
int d__getOrder(LONG64 number 1, d__getOrderResponse &result);
class d__whoAmIResponse { public: char *text 1; };
//gsoap d service method-input-header-part: whoAmI d__who
int d__whoAmI(d__whoAmIResponse &result);
