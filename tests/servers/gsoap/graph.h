// What soapcpp2 makes an rpc/encoded service of, and writes the WSDL for: arrays, graphs, derived classes.
//gsoap g service name:      graph
//gsoap g service type:      Graph
//gsoap g service port:      http://localhost/service
//gsoap g service namespace: urn:example:graph
//gsoap g service style:     rpc
//gsoap g service encoding:  encoded
//gsoap g schema  namespace: urn:example:graph

typedef char *xsd__date;
typedef char *xsd__dateTime;
typedef char *xsd__decimal;
typedef char *xsd__duration;
class xsd__base64Binary { public: unsigned char *__ptr; int __size; };

enum g__Colour { RED, GREEN, DARK_BLUE };

class g__Shape { public: char *name; enum g__Colour *colour; };
class g__Circle : public g__Shape { public: double radius; };
class g__Rectangle : public g__Shape { public: double width; double height; };
class g__Square : public g__Rectangle { public: bool tilted; };

// A class of nothing but __ptr and __size is an array of SOAP encoding.
class ArrayOfShape { public: g__Shape **__ptr; int __size; };
class ArrayOfInt { public: int *__ptr; int __size; int __offset; };
class ArrayOfString { public: char **__ptr; int __size; };
class ArrayOfRow { public: ArrayOfInt **__ptr; int __size; };
class Matrix { public: double *__ptr; int __size[2]; };

class g__Node { public: char *label; g__Node *left; g__Node *right; };
class g__Record {
  public:
    bool flag;
    char tiny;
    LONG64 huge;
    unsigned int count;
    float ratio;
    double factor;
    char *text;
    xsd__date day;
    xsd__dateTime moment;
    xsd__duration span;
    xsd__decimal amount;
    xsd__base64Binary *content;
    enum g__Colour colour;
    int *optional;
    ArrayOfString *words;
    g__Shape *shape;
};
class g__Lost { public: char *label; int code; };
class g__Who { public: char *user; int *level; };

struct SOAP_ENV__Header { g__Who *g__who; };
struct SOAP_ENV__Detail { g__Lost *g__Lost_; int __type; void *fault; _XML __any; };

int g__echoRecord(g__Record *record, g__Record *&result);
int g__echoShapes(ArrayOfShape *shapes, ArrayOfShape *&result);
int g__echoNumbers(ArrayOfInt *numbers, ArrayOfInt *&result);
int g__echoWords(ArrayOfString *words, ArrayOfString *&result);
int g__echoRows(ArrayOfRow *rows, ArrayOfRow *&result);
int g__echoMatrix(Matrix *matrix, Matrix *&result);
int g__echoNode(g__Node *node, g__Node *&result);

// The server's own view of what it read.
int g__describeRecord(g__Record *record, char *&text);
int g__describeShapes(ArrayOfShape *shapes, char *&text);
int g__describeRows(ArrayOfRow *rows, char *&text);
int g__describeWords(ArrayOfString *words, char *&text);
int g__describeNode(g__Node *node, char *&text);

int g__shared(char *label, g__Node *&result);
int g__cycle(char *label, g__Node *&result);
int g__sparse(int offset, ArrayOfInt *&result);
int g__nothing(g__Node *&result);
class g__echoTwoResponse { public: g__Node *first; g__Node *second; };
int g__echoTwo(g__Node *first, g__Node *second, g__echoTwoResponse &result);
//gsoap g service method-fault: fail g__Lost
int g__fail(char *label, int &result);
//gsoap g service method-input-header-part: whoAmI g__who
int g__whoAmI(char *&result);
