.PHONY: up test check demo
up test check demo:  ## Aliases of ./run
	./run $@
